using Broker.Gateway.Parsing;
using Broker.Grains.Keys;
using Broker.Grains.Segments;
using Broker.Protos.V1;

namespace Broker.Gateway.Pulls;

/// <summary>A slice in the typed pull: it begins, batches of records, it ends.</summary>
/// <param name="pull">The stream.</param>
/// <param name="pseudonyms">The deal's pseudonyms.</param>
internal sealed class PullMessages(PullContext pull, Pseudonyms pseudonyms) : ISliceMessages<PullResponse>
{
    public IEnumerable<Func<long, PullResponse>> Of(HeldSlice slice, IReadOnlyList<OpenedRows> rows)
    {
        yield return deadline => new PullResponse { SliceBegin = BeginOf(slice, deadline) };
        var batches = new RecordBatches(rows, slice.Grant.Fields.ToPolicy(), pseudonyms, pull.Sizer.MessageBytes);
        foreach (var (dataset, records) in batches.Read())
        {
            var batch = BatchOf(slice, dataset, records);
            yield return deadline => WithDeadline(batch, deadline);
        }

        // What was charged is what was rendered, or the slice has no end.
        if (batches.Records != slice.Grant.Records || batches.Bytes != slice.Grant.Bytes)
            throw new SegmentCorruptException(rows[0].Content.SegmentId, $"{batches.Records} records of {batches.Bytes} bytes were rendered; {slice.Grant.Records} of {slice.Grant.Bytes} were released.");
        yield return deadline => new PullResponse { SliceEnd = EndOf(slice, deadline) };
    }

    /// <summary>That the stream is alive, and how far it is.</summary>
    public PullResponse HeartbeatOf(PullFollow follow, long offsetMs) => new()
    {
        Heartbeat = new PullHeartbeat { OffsetMs = offsetMs, IsCaughtUp = follow.IsCaughtUp, Partitions = { pull.Totals.TakeNews() } },
    };

    private RecordBatch BatchOf(HeldSlice slice, string dataset, IReadOnlyList<Record> records) => new()
    {
        Partition = slice.Puller.Index,
        Round = slice.Grant.Slice.Round,
        Slice = slice.Grant.Slice.Number,
        Dataset = ResourceNames.Dataset(pull.Deal.Platform, dataset),
        Records = { records },
    };

    private PullResponse WithDeadline(RecordBatch batch, long deadline)
    {
        StopBeforeWrite.Pass(pull.Deal.ToString());
        batch.DeadlineOffsetMs = deadline;
        return new PullResponse { RecordBatch = batch };
    }

    private static SliceBegin BeginOf(HeldSlice slice, long deadline) => new()
    {
        Partition = slice.Puller.Index,
        Round = slice.Grant.Slice.Round,
        Slice = slice.Grant.Slice.Number,
        Resend = slice.Grant.Resend,
        ContractVersion = slice.Grant.ContractVersion,
        Position = slice.Grant.Position,
        Amounts = new Amounts { RecordCount = slice.Grant.Records, ByteCount = slice.Grant.Bytes, MoneyMicros = slice.Grant.MoneyMicros },
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
