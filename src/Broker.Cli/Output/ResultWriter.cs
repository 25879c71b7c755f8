using Google.Protobuf;
using Spectre.Console;

namespace Broker.Cli.Output;

/// <summary>Writes what came of a command to stdout: for people, or one JSON document.</summary>
internal sealed class ResultWriter(CliHost host, OutputFormat format)
{
    /// <summary>Whether a script reads.</summary>
    public bool IsJson => format == OutputFormat.Json;

    /// <summary>Where results for people go; do not write to it when a script reads.</summary>
    public IAnsiConsole Console => host.Console;

    /// <summary>Where progress goes. Silent when a script reads.</summary>
    public IAnsiConsole? Progress => IsJson ? null : host.ErrorConsole;

    /// <summary>Writes a result.</summary>
    /// <param name="document">What a script gets: a protobuf message, or a value whose properties become snake_case names.</param>
    /// <param name="people">Writes it for people.</param>
    public void Write(object document, Action<IAnsiConsole> people)
    {
        if (IsJson) host.Out.WriteLine(Json.Of(document));
        else people(host.Console);
    }

    /// <summary>Writes a list: <c>{"{name}": [...]}</c>, or a table that says so when it is empty.</summary>
    public void WriteList<T>(string name, IReadOnlyCollection<T> items, ResultTable<T> table)
        where T : IMessage =>
        Write(new Dictionary<string, IReadOnlyCollection<T>> { [name] = items }, console => console.Write(table.Of(items, $"No {name.Replace('_', ' ')}.")));
}
