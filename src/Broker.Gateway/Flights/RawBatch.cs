using System.Buffers;
using System.Numerics;
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
        _textBytes = [.. schema.Fields.Select(field => runs.Sum(run => run.BytesOf(field)))];
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
        foreach (var run in _runs) writer.Write(run.CreatedAtMs);
        foreach (var run in _runs) Fill(writer, (byte)run.Content.Kind, run.Rows);
        Pad(writer, _rows);
        for (var index = 0; index < _textBytes.Length; index++)
        {
            WriteOffsets(writer, _schema.Fields[index]);
            foreach (var run in _runs) writer.Write(run.ValuesOf(_schema.Fields[index]));
            Pad(writer, _textBytes[index]);
        }

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

    private void WriteOffsets(IBufferWriter<byte> writer, RecordFields field)
    {
        var end = 0;
        Fill(writer, 0, sizeof(int)); // the first value begins at 0
        foreach (var run in _runs)
        {
            var offsets = run.OffsetsOf(field);
            Shift(writer, offsets[1..], end - offsets[0]);
            end += offsets[^1] - offsets[0];
        }

        Pad(writer, (_rows + 1) * sizeof(int));
    }

    /// <summary>Writes numbers, each with the same one added.</summary>
    private static void Shift(IBufferWriter<byte> writer, ReadOnlySpan<int> numbers, int by)
    {
        while (!numbers.IsEmpty)
        {
            var bytes = writer.GetSpan(sizeof(int));
            var into = MemoryMarshal.Cast<byte, int>(bytes)[..Math.Min(numbers.Length, bytes.Length / sizeof(int))];
            var index = 0;
            for (var shift = new Vector<int>(by); index <= into.Length - Vector<int>.Count; index += Vector<int>.Count)
                (new Vector<int>(numbers[index..]) + shift).CopyTo(into[index..]);
            for (; index < into.Length; index++) into[index] = numbers[index] + by;
            writer.Advance(into.Length * sizeof(int));
            numbers = numbers[into.Length..];
        }
    }

    private static void Fill(IBufferWriter<byte> writer, byte value, int count)
    {
        while (count > 0)
        {
            var span = writer.GetSpan(1);
            var length = Math.Min(span.Length, count);
            span[..length].Fill(value);
            writer.Advance(length);
            count -= length;
        }
    }

    private static void Pad(IBufferWriter<byte> writer, int bytes) => Fill(writer, 0, RecordBatchHeader.Padded(bytes) - bytes);

    /// <summary>Rows [From, To) of one piece of a segment.</summary>
    private readonly record struct Run(SegmentContent Content, SegmentColumns Columns, int From, int To)
    {
        public int Rows => To - From;

        public ReadOnlySpan<byte> CreatedAtMs => Columns.CreatedAtMs.Span[(From * sizeof(long))..(To * sizeof(long))];

        /// <summary>Where the values begin, and where the last one ends.</summary>
        public ReadOnlySpan<int> OffsetsOf(RecordFields field) => MemoryMarshal.Cast<byte, int>(Columns.OffsetsOf(field).Span)[From..(To + 1)];

        public ReadOnlySpan<byte> ValuesOf(RecordFields field)
        {
            var offsets = OffsetsOf(field);
            return Columns.ValuesOf(field).Span[offsets[0]..offsets[^1]];
        }

        public int BytesOf(RecordFields field)
        {
            var offsets = OffsetsOf(field);
            return offsets[^1] - offsets[0];
        }
    }
}
