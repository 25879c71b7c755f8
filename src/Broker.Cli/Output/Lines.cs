using Spectre.Console;

namespace Broker.Cli.Output;

/// <summary>One thing's properties, a line each.</summary>
internal static class Lines
{
    /// <summary>Writes the properties that have a value.</summary>
    public static void Write(IAnsiConsole console, params IReadOnlyList<(string Name, string Value)> lines)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var (name, value) in lines)
            if (value.Length > 0)
                grid.AddRow(new Text(name + ":"), new Text(Shown.Of(value)));
        console.Write(grid);
    }
}
