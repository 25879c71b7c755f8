using System.Buffers;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Gateway.Flights;
using Broker.Gateway.Pulls;
using Broker.Gateway.Tests.Pulls;
using Broker.Grains.Keys;
using Broker.Protos.Flight;
using Broker.TestKit.Nodes;
using CsCheck;

namespace Broker.Gateway.Tests.Flights;

/// <summary>Goal: the fast path and the straightforward one say the same. Method: segments, runs of rows and dropped fields at random, each
/// batch written both ways and read by the stock reader.</summary>
public sealed class RawBatchTests
{
    private static readonly Pseudonyms Pseudonyms = new(OneKey.Key);

    [Fact]
    public void The_fast_path_and_the_straightforward_one_give_the_same_records_for_any_runs_of_rows_and_dropped_fields() => SegmentCases.All.Sample(given =>
    {
        var content = new PiecedContent(given.Records, given.ChunkRows);
        var policy = new FieldPolicy(given.Dropped, RecordFields.None);
        var schema = FlightSchema.Of(policy);
        var part = new MessagePart("posts", SegmentCases.RunsOf(content, given.Runs));
        var (raw, rendered) = (RawBatch.TryOf(schema, part, policy)!, RenderedBatch.Of(schema, part, policy, Pseudonyms));
        Assert.Equal(rendered.FieldBytes, raw.FieldBytes);
        Assert.Equal(ReadBack(schema, rendered), ReadBack(schema, raw));
        Assert.Equal(part.Rows, ReadBack(schema, raw).Count);
    });

    [Fact]
    public void A_frame_is_as_long_as_it_says_whatever_memory_the_transport_hands_out() => SegmentCases.All.Sample(given =>
    {
        var content = new PiecedContent(given.Records, given.ChunkRows);
        var schema = FlightSchema.Of(FieldPolicy.Everything);
        var batch = RawBatch.TryOf(schema, new MessagePart("posts", [new OpenedRows(content, 0, content.Count)]), FieldPolicy.Everything)!;
        var frame = new FlightFrame(batch.Header, new byte[given.ChunkRows * 10], batch.Body);
        var (whole, pieces) = (new ArrayBufferWriter<byte>(), new SmallPieces());
        frame.WriteTo(whole);
        frame.WriteTo(pieces);
        Assert.Equal(frame.Length, whole.WrittenCount);
        Assert.True(whole.WrittenSpan.SequenceEqual(CollectionsMarshal.AsSpan(pieces.Written)));
        var read = FlightData.Parser.ParseFrom(whole.WrittenSpan);
        Assert.Equal((batch.Header.Length, given.ChunkRows * 10, batch.Body.Length), (read.DataHeader.Length, read.AppMetadata.Length, read.DataBody.Length));
    });

    [Fact]
    public void A_pseudonymised_field_an_amended_one_and_rows_that_do_not_lie_in_memory_take_the_straightforward_path()
    {
        var content = new PiecedContent([new SourceRecord { Id = "1", UserId = "ann", Kind = RecordKind.Post, CreatedAt = DateTimeOffset.UnixEpoch, Text = "text" }], 1);
        var part = new MessagePart("posts", [new OpenedRows(content, 0, 1)]);
        var all = FlightSchema.Of(FieldPolicy.Everything);
        Assert.NotNull(RawBatch.TryOf(all, part, FieldPolicy.Everything));
        Assert.Null(RawBatch.TryOf(all, part, new FieldPolicy(RecordFields.None, RecordFields.Author)));
        Assert.Null(RawBatch.TryOf(all, part, new FieldPolicy(RecordFields.Title, RecordFields.None)));
        var memory = new MemoryContent("memory", "posts", content.Records);
        Assert.Null(RawBatch.TryOf(all, new MessagePart("posts", [new OpenedRows(content, 0, 1), new OpenedRows(memory, 0, 1)]), FieldPolicy.Everything));
    }

    private static IReadOnlyList<Broker.Protos.V1.Record> ReadBack(FlightSchema schema, FlightBatch batch)
    {
        var body = new ArrayBufferWriter<byte>();
        batch.Body.WriteTo(body);
        Assert.Equal(batch.Body.Length, body.WrittenCount);
        byte[] message = [0xff, 0xff, 0xff, 0xff, .. BitConverter.GetBytes(batch.Header.Length), .. batch.Header.Span, .. body.WrittenSpan];
        using var read = ArrowSerializationHelpers.DeserializeRecordBatch(schema.Arrow, message);
        return PulledFlight.RecordsOf(read);
    }
}
