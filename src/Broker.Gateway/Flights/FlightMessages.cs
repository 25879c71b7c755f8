using Broker.Gateway.Errors;
using Broker.Gateway.Parsing;
using Broker.Gateway.Pulls;
using Broker.Grains.Keys;
using Broker.Grains.Segments;
using Broker.Protos.V1;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;

namespace Broker.Gateway.Flights;

/// <summary>A slice in a flight: record batches whose metadata says where each stands in the slice, and which is its last.</summary>
/// <param name="pull">The stream.</param>
/// <param name="schema">The stream's schema.</param>
/// <param name="pseudonyms">The deal's pseudonyms.</param>
/// <param name="bounds">How much goes into one message; less for a slow client.</param>
internal sealed class FlightMessages(PullContext pull, FlightSchema schema, Pseudonyms pseudonyms, MessageBounds bounds) : ISliceMessages<FlightFrame>
{
    /// <exception cref="RpcException">ABORTED: the slice has a field that the stream's schema lacks.</exception>
    public IEnumerable<Func<long, FlightFrame>> Of(HeldSlice slice, IReadOnlyList<OpenedRows> rows)
    {
        var policy = slice.Grant.Fields.ToPolicy();
        if (!schema.Holds(policy)) throw ContractChanged();
        var parts = MessagePart.Cut(rows, policy, bounds with { Bytes = pull.Sizer.MessageBytesUpTo(bounds.Bytes) });
        var (records, bytes) = (0L, 0L);
        foreach (var (index, part) in parts.Index())
        {
            var batch = RawBatch.TryOf(schema, part, policy) ?? RenderedBatch.Of(schema, part, policy, pseudonyms);
            var metadata = MetadataOf(slice, part, firstRecord: records, isLast: index == parts.Count - 1);
            (records, bytes) = (records + part.Rows, bytes + batch.FieldBytes);
            // What was charged is what was rendered, or the slice has no last message.
            if (metadata.Slice.IsLast && (records != slice.Grant.Records || bytes != slice.Grant.Bytes))
                throw new SegmentCorruptException(part.Runs[0].Content.SegmentId, $"{records} records of {bytes} bytes were rendered; {slice.Grant.Records} of {slice.Grant.Bytes} were released.");
            yield return deadline => FrameOf(batch, metadata, deadline);
        }
    }

    private FlightFrame FrameOf(FlightBatch batch, FlightMetadata metadata, long deadline)
    {
        StopBeforeWrite.Pass(pull.Deal.ToString());
        metadata.DeadlineOffsetMs = deadline;
        return new FlightFrame(batch.Header, metadata.ToByteArray(), batch.Body);
    }

    private FlightMetadata MetadataOf(HeldSlice slice, MessagePart part, long firstRecord, bool isLast)
    {
        var grant = slice.Grant;
        var place = new FlightSlice
        {
            Round = grant.Slice.Round,
            Slice = grant.Slice.Number,
            Resend = grant.Resend,
            Position = grant.Position,
            Dataset = part.Dataset.Length == 0 ? "" : ResourceNames.Dataset(pull.Deal.Platform, part.Dataset),
            FirstRecord = firstRecord,
            IsLast = isLast,
        };
        if (firstRecord == 0)
        {
            place.Amounts = new Amounts { RecordCount = grant.Records, ByteCount = grant.Bytes, TokenCount = grant.Tokens, MoneyMicros = grant.MoneyMicros };
            place.Release = ByteString.CopyFrom(grant.Release);
        }

        if (isLast) place.Digest = ByteString.CopyFrom(grant.Digest);
        return new FlightMetadata { Deal = pull.Deal.ToString(), Partition = slice.Puller.Index, ContractVersion = grant.ContractVersion, Slice = place };
    }

    private static RpcException ContractChanged() => RpcErrors.Create(
        Code.Aborted, "CONTRACT_CHANGED", "An amendment releases a field that this stream's schema has no column for. Ask for the flight's information again, and open a new stream.");
}
