using System.Buffers.Binary;
using Apache.Arrow;
using Broker.Domain.Releases;
using Broker.Gateway.Pulls;
using Broker.Grains.Keys;
using Broker.Storage.Segments;

namespace Broker.Gateway.Flights;

/// <summary>A record batch made value by value, by the stock writer: for every field policy and every kind of segment.</summary>
internal static class RenderedBatch
{
    private const int PrefixBytes = 8; // continuation token and length
    private const int EndBytes = 8; // the stock writer ends its stream

    /// <summary>A part's batch as the policy releases its records.</summary>
    public static FlightBatch Of(FlightSchema schema, MessagePart part, FieldPolicy policy, Pseudonyms pseudonyms)
    {
        var (created, kinds) = (new Int64Array.Builder().Reserve(part.Rows), new UInt8Array.Builder().Reserve(part.Rows));
        var texts = schema.Fields.Select(_ => new StringArray.Builder()).ToArray();
        var bytes = 0L;
        foreach (var (content, from, to) in part.Runs)
            for (var row = from; row < to; row++)
            {
                created.Append(content.CreatedAtMsAt(row));
                kinds.Append((byte)content.Kind);
                for (var index = 0; index < texts.Length; index++) bytes += Append(texts[index], content, row, schema.Fields[index], policy, pseudonyms);
            }

        IArrowArray[] columns = [created.Build(), kinds.Build(), .. texts.Select(text => text.Build())];
        using var batch = new RecordBatch(schema.Arrow, columns, part.Rows);
        var encoded = ArrowSerializationHelpers.SerializeRecordBatch(batch);
        var header = encoded.AsMemory(PrefixBytes, BinaryPrimitives.ReadInt32LittleEndian(encoded.AsSpan(PrefixBytes - sizeof(int))));
        return new FlightBatch(header, new MadeBody(encoded.AsMemory(PrefixBytes + header.Length, encoded.Length - PrefixBytes - header.Length - EndBytes)), bytes);
    }

    private static int Append(StringArray.Builder column, SegmentContent content, int row, RecordFields field, FieldPolicy policy, Pseudonyms pseudonyms)
    {
        var isId = field == RecordFields.Id; // as it is under every policy: a recall names it
        var isDropped = !isId && (policy.Dropped & field) != 0; // by an amendment since the stream began: its column stays, empty
        var value = isDropped ? [] : content.FieldAt(field, row);
        if (!isId && (policy.Pseudonymised & field) != 0)
        {
            var pseudonym = pseudonyms.Of(field, value);
            column.Append(pseudonym);
            GC.KeepAlive(content); // the value lies in its mapped file
            return pseudonym.Length;
        }

        column.Append(value);
        GC.KeepAlive(content);
        return value.Length;
    }
}
