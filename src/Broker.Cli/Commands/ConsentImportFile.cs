using Broker.Cli.Output;
using Broker.Protos.V1;

namespace Broker.Cli.Commands;

/// <summary>A file of consents: rows for the node, and what is wrong with the lines that are none.</summary>
/// <param name="lines">The file's lines.</param>
/// <param name="isMadeTimeKnown">Whether a decision without a time of its own has one: the file's.</param>
internal sealed class ConsentImportFile(ConsentImportLines lines, bool isMadeTimeKnown)
{
    private const int FaultsShown = 100;

    private readonly List<(long Row, long Shift)> _shifts = [];
    private readonly List<(long Line, FieldFault Fault)> _faults = [];
    private long _rows;

    /// <summary>Lines that are not sent, since something is wrong with them.</summary>
    public long BadLines { get; private set; }

    /// <summary>The first of what is wrong with them.</summary>
    public IReadOnlyList<(long Line, FieldFault Fault)> Faults => _faults;

    /// <summary>Reads the good rows from the first; what was found by an earlier reading is forgotten. Blank lines are no rows.</summary>
    public IEnumerable<ConsentRow> Read()
    {
        _shifts.Clear();
        _faults.Clear();
        (_rows, BadLines) = (0, 0);
        var reader = new ConsentImportRow(isMadeTimeKnown);
        foreach (var (number, line) in lines.Read())
            if (RowOf(reader, number, line) is { } row)
            {
                _rows++;
                yield return row;
            }
            else _shifts.Add((_rows + 1, number - _rows));
    }

    /// <summary>The line of a row, both from 1.</summary>
    public long LineOf(long row)
    {
        var (low, high) = (0, _shifts.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_shifts[middle].Row <= row) low = middle + 1;
            else high = middle;
        }

        return low == 0 ? row : row + _shifts[low - 1].Shift;
    }

    private ConsentRow? RowOf(ConsentImportRow reader, long number, byte[]? line)
    {
        if (line is not null && line.All(one => one is (byte)' ' or (byte)'\t' or (byte)'\r')) return null;
        if (line is not null && reader.Read(line) is { } row) return row;
        BadLines++;
        var faults = line is null ? [new FieldFault("", $"longer than {Amount.Of(ConsentImportLines.LineBytesMax)} bytes")] : reader.Faults;
        _faults.AddRange(faults.Take(FaultsShown - _faults.Count).Select(fault => (number, fault)));
        return null;
    }
}
