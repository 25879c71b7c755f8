using Broker.Gateway.Parsing;
using Broker.Grains.Keys;
using Broker.Grains.Segments;
using Broker.Protos.V1;

namespace Broker.Gateway.Pulls;

/// <summary>A slice in the typed pull: it begins, batches of records, it ends.</summary>
/// <param name="pull">The stream.</param>
/// <param name="pseudonyms">The deal's pseudonyms.</param>
internal sealed class PullMessages(PullContext pull, Pseudonyms pseudonyms) : ISliceMessages<PullFrame>
{
    private const int RecordsMax = 1_000; // of a message

    public IEnumerable<Func<long, PullFrame>> Of(HeldSlice slice, IReadOnlyList<OpenedRows> rows)
    {
        yield return deadline => new PullFrame(new PullResponse { SliceBegin = BeginOf(slice, deadline) });
        var policy = slice.Grant.Fields.ToPolicy();
        using var encoder = new RecordEncoder(policy, pseudonyms);
        foreach (var part in MessagePart.Cut(rows, policy, new MessageBounds(RecordsMax, pull.Sizer.MessageBytes)))
        {
            if (part.Rows == 0) continue; // a slice of which consent left nothing
            var (batch, records) = (BatchOf(slice, part.Dataset), encoder.Encode(part));
            yield return deadline => WithDeadline(batch, records, deadline);
        }

        // What was charged is what was encoded, or the slice has no end.
        if (encoder.Records != slice.Grant.Records || encoder.FieldBytes != slice.Grant.Bytes)
            throw new SegmentCorruptException(
                rows[0].Content.SegmentId, $"{encoder.Records} records of {encoder.FieldBytes} bytes were encoded; {slice.Grant.Records} of {slice.Grant.Bytes} were released.");
        yield return deadline => new PullFrame(new PullResponse { SliceEnd = EndOf(slice, deadline) });
    }

    /// <summary>That the stream is alive, and how far it is.</summary>
    public PullFrame HeartbeatOf(PullFollow follow, long offsetMs) => new(new PullResponse
    {
        Heartbeat = new PullHeartbeat { OffsetMs = offsetMs, IsCaughtUp = follow.IsCaughtUp, Partitions = { pull.Totals.TakeNews() } },
    });

    private RecordBatch BatchOf(HeldSlice slice, string dataset) => new()
    {
        Partition = slice.Puller.Index,
        Round = slice.Grant.Slice.Round,
        Slice = slice.Grant.Slice.Number,
        Dataset = ResourceNames.Dataset(pull.Deal.Platform, dataset),
    };

    private PullFrame WithDeadline(RecordBatch batch, ReadOnlyMemory<byte> records, long deadline)
    {
        StopBeforeWrite.Pass(pull.Deal.ToString());
        batch.DeadlineOffsetMs = deadline;
        return new PullFrame(batch, records);
    }

    private static SliceBegin BeginOf(HeldSlice slice, long deadline) => new()
    {
        Partition = slice.Puller.Index,
        Round = slice.Grant.Slice.Round,
        Slice = slice.Grant.Slice.Number,
        Resend = slice.Grant.Resend,
        ContractVersion = slice.Grant.ContractVersion,
        Position = slice.Grant.Position,
        Amounts = new Amounts { RecordCount = slice.Grant.Records, ByteCount = slice.Grant.Bytes, TokenCount = slice.Grant.Tokens, MoneyMicros = slice.Grant.MoneyMicros },
        DeadlineOffsetMs = deadline,
        Release = Google.Protobuf.ByteString.CopyFrom(slice.Grant.Release),
    };

    private static SliceEnd EndOf(HeldSlice slice, long deadline) => new()
    {
        Partition = slice.Puller.Index,
        Round = slice.Grant.Slice.Round,
        Slice = slice.Grant.Slice.Number,
        Digest = Google.Protobuf.ByteString.CopyFrom(slice.Grant.Digest),
        DeadlineOffsetMs = deadline,
    };
}
