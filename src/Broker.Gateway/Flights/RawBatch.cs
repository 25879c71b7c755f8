using System.Buffers;
using System.Runtime.InteropServices;
using Broker.Domain.Releases;
using Broker.Gateway.Pulls;
using Broker.Storage.Segments;

namespace Broker.Gateway.Flights;

/// <summary>A record batch out of the segments' mapped memory: no value is looked at, column ranges are copied into the transport's memory as
/// they lie, and only their offsets are counted anew.</summary>
internal sealed class RawBatch : IFrameBody
{
    private const int FixedBuffers = 4; // validity and values of created_at_ms and of kind
    private const int BuffersPerText = 3; // validity, offsets, values

    private readonly FlightSchema _schema;
    private readonly List<Run> _runs;
    private readonly int[] _textBytes;
    private readonly int _rows;

    private RawBatch(FlightSchema schema, List<Run> runs)
    {
        (_schema, _runs) = (schema, runs);
        foreach (var run in runs) _rows += run.Rows;
        _textBytes = [.. schema.Fields.Select(BytesOf)];
    }

    /// <inheritdoc/>
    public int Length =>
        (_rows * sizeof(long)) + RecordBatchHeader.Padded(_rows)
        + (_textBytes.Length * RecordBatchHeader.Padded((_rows + 1) * sizeof(int))) + _textBytes.Sum(RecordBatchHeader.Padded);

    /// <summary>A part's batch; null where the policy changes a value of a column, or the rows do not lie in memory as they are sent.</summary>
    public static FlightBatch? TryOf(FlightSchema schema, MessagePart part, FieldPolicy policy)
    {
        if (schema.Fields.Any(field => field != RecordFields.Id && (policy.Plain & field) == 0)) return null;
        var runs = new List<Run>(part.Runs.Count);
        foreach (var rows in part.Runs)
            if (!TryAdd(runs, rows))
                return null;
        var body = new RawBatch(schema, runs);
        return new FlightBatch(body.Header(), body, body._textBytes.Sum(bytes => (long)bytes));
    }

    /// <inheritdoc/>
    public void WriteTo(IBufferWriter<byte> writer)
    {
        var into = new BlockWriter(writer);
        foreach (var run in _runs) into.Write(run.CreatedAtMs);
        foreach (var run in _runs) into.Fill((byte)run.Content.Kind, run.Rows);
        Pad(ref into, _rows);
        for (var index = 0; index < _textBytes.Length; index++)
        {
            var column = new Column(_schema.Fields[index]);
            WriteOffsets(ref into, ref column);
            foreach (var run in _runs) into.Write(column.ValuesOf(run));
            Pad(ref into, _textBytes[index]);
        }

        into.Flush();
        foreach (var run in _runs) GC.KeepAlive(run.Content); // what was read lies in its mapped file
    }

    // A run that reaches over several pieces of its segment becomes several.
    private static bool TryAdd(List<Run> runs, OpenedRows rows)
    {
        for (var from = rows.From; from < rows.To;)
        {
            if (rows.Content.ColumnsAt(from) is not { } columns) return false;
            var to = Math.Min(rows.To, columns.FirstRow + columns.Count);
            runs.Add(new Run(rows.Content, columns, from - columns.FirstRow, to - columns.FirstRow));
            from = to;
        }

        return true;
    }

    private byte[] Header()
    {
        var buffers = new int[FixedBuffers + (BuffersPerText * _textBytes.Length)]; // no column has nulls: validity takes no bytes
        (buffers[1], buffers[3]) = (_rows * sizeof(long), _rows);
        for (var index = 0; index < _textBytes.Length; index++)
        {
            var first = FixedBuffers + (BuffersPerText * index);
            (buffers[first + 1], buffers[first + 2]) = ((_rows + 1) * sizeof(int), _textBytes[index]);
        }

        return RecordBatchHeader.Write(_rows, 2 + _textBytes.Length, buffers);
    }

    private int BytesOf(RecordFields field)
    {
        var column = new Column(field);
        var bytes = 0;
        foreach (var run in _runs)
        {
            var offsets = column.OffsetsOf(run);
            bytes += offsets[^1] - offsets[0];
        }

        return bytes;
    }

    private void WriteOffsets(ref BlockWriter into, ref Column column)
    {
        var end = 0;
        into.Fill(0, sizeof(int)); // the first value begins at 0
        foreach (var run in _runs)
        {
            var offsets = column.OffsetsOf(run);
            into.WriteShifted(offsets[1..], end - offsets[0]);
            end += offsets[^1] - offsets[0];
        }

        Pad(ref into, (_rows + 1) * sizeof(int));
    }

    private static void Pad(ref BlockWriter into, int bytes) => into.Fill(0, RecordBatchHeader.Padded(bytes) - bytes);

    /// <summary>Rows [From, To) of one piece of a segment.</summary>
    private readonly record struct Run(SegmentContent Content, SegmentColumns Columns, int From, int To)
    {
        public int Rows => To - From;

        public ReadOnlySpan<byte> CreatedAtMs => Columns.CreatedAtMs.Span[(From * sizeof(long))..(To * sizeof(long))];
    }

    /// <summary>A field's column. It keeps the piece that it was asked for last: where users withdrew, many short runs lie in one.</summary>
    private ref struct Column(RecordFields field)
    {
        private SegmentColumns? _piece;
        private ReadOnlySpan<int> _offsets;
        private ReadOnlySpan<byte> _values;

        /// <summary>Where a run's values begin, and where the last one ends.</summary>
        public ReadOnlySpan<int> OffsetsOf(Run run)
        {
            if (!ReferenceEquals(_piece, run.Columns)) Open(run.Columns);
            return _offsets[run.From..(run.To + 1)];
        }

        /// <summary>A run's values, one after another.</summary>
        public ReadOnlySpan<byte> ValuesOf(Run run)
        {
            if (!ReferenceEquals(_piece, run.Columns)) Open(run.Columns);
            return _values[_offsets[run.From].._offsets[run.To]];
        }

        private void Open(SegmentColumns piece)
        {
            _piece = piece;
            _offsets = MemoryMarshal.Cast<byte, int>(piece.OffsetsOf(field).Span);
            _values = piece.ValuesOf(field).Span;
        }
    }
}
