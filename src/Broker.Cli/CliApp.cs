using System.CommandLine;
using Broker.Cli.Output;

namespace Broker.Cli;

/// <summary>The program <c>broker</c>: parses a command line, runs its command, and turns whatever goes wrong into an error and an exit code.</summary>
internal sealed class CliApp
{
    // Without it `--token @FILE` would be read as arguments from that file.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    private readonly RootCommand _root;

    public CliApp(CliHost host)
    {
        Host = host;
        _root = BrokerCommands.Create(this);
        Options.AddTo(_root);
    }

    /// <summary>What the process gives.</summary>
    public CliHost Host { get; }

    /// <summary>The options that every command has.</summary>
    public GlobalOptions Options { get; } = new();

    /// <summary>Makes a command that does something.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does, for people.</param>
    /// <param name="symbols">Its arguments and options, in the order of the help.</param>
    /// <param name="run">Does it. Throws what goes wrong.</param>
    public Command Command(string name, string description, IEnumerable<Symbol> symbols, Func<CommandContext, CancellationToken, Task<ExitCode>> run)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Option option) command.Add(option);
            else if (symbol is Argument argument) command.Add(argument);
            else throw new ArgumentException($"{symbol.Name} is neither an argument nor an option.", nameof(symbols));
        }

        command.SetAction(async (parse, cancellationToken) => (int)await RunAsync(parse, run, cancellationToken));
        return command;
    }

    /// <inheritdoc cref="Command(string, string, IEnumerable{Symbol}, Func{CommandContext, CancellationToken, Task{ExitCode}})"/>
    public Command Command(string name, string description, IEnumerable<Symbol> symbols, Func<CommandContext, CancellationToken, Task> run) =>
        Command(name, description, symbols, async (context, cancellationToken) =>
        {
            await run(context, cancellationToken);
            return ExitCode.Ok;
        });

    /// <summary>Parses and runs.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> args, CancellationToken cancellationToken)
    {
        var parse = _root.Parse(args, Parsing);
        if (parse.Errors.Count > 0 && parse.Action is not System.CommandLine.Help.HelpAction) return (int)Report(FormatOf(args), UsageErrors.Of(parse));
        var configuration = new InvocationConfiguration
        {
            Output = Host.Out,
            Error = Host.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // signals are the program's: see Program.cs
        };
        return await parse.InvokeAsync(configuration, cancellationToken);
    }

    private async Task<ExitCode> RunAsync(
        ParseResult parse, Func<CommandContext, CancellationToken, Task<ExitCode>> run, CancellationToken cancellationToken)
    {
        using var context = new CommandContext(Host, Options, parse);
        try
        {
            return await run(context, cancellationToken);
        }
        catch (Exception exception)
        {
            return Report(context.Format, ErrorTranslation.Of(exception, context, cancellationToken.IsCancellationRequested));
        }
    }

    private ExitCode Report(OutputFormat format, CliError error)
    {
        ErrorWriter.Write(Host, format, error);
        return error.Exit;
    }

    // A line that does not parse may still say how it wants its errors.
    private static OutputFormat FormatOf(IReadOnlyList<string> args)
    {
        for (var index = 0; index < args.Count; index++)
        {
            if (args[index] is "--output=json" or "-o=json" or "--output:json" or "-ojson") return OutputFormat.Json;
            if (args[index] is "--output" or "-o" && index + 1 < args.Count && args[index + 1] == "json") return OutputFormat.Json;
        }

        return OutputFormat.Table;
    }
}
