using Spectre.Console;
using Spectre.Console.Rendering;

namespace Broker.Cli.Output;

/// <summary>A table's columns. Cells are plain text; nothing in them is markup.</summary>
internal sealed class ResultTable<T>
{
    private readonly List<(string Title, Func<T, string> Cell, bool IsNumber)> _columns = [];

    /// <summary>Adds a column of text.</summary>
    public ResultTable<T> Text(string title, Func<T, string> cell)
    {
        _columns.Add((title, cell, false));
        return this;
    }

    /// <summary>Adds a column of numbers, aligned to the right.</summary>
    public ResultTable<T> Number(string title, Func<T, string> cell)
    {
        _columns.Add((title, cell, true));
        return this;
    }

    /// <summary>The table of some rows; the sentence where there are none.</summary>
    public IRenderable Of(IReadOnlyCollection<T> rows, string sentenceWhenEmpty)
    {
        if (rows.Count == 0) return new Text(sentenceWhenEmpty + "\n");
        var table = new Table().Border(TableBorder.Simple);
        foreach (var (title, _, isNumber) in _columns)
        {
            var column = new TableColumn(new Text(title));
            table.AddColumn(isNumber ? column.RightAligned() : column);
        }

        foreach (var row in rows) table.AddRow(_columns.Select(column => new Text(Shown.Of(column.Cell(row)))));
        return table;
    }
}
