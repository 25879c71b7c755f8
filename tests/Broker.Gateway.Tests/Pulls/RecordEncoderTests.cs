using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Gateway.Pulls;
using Broker.Grains.Keys;
using Broker.Protos.V1;
using Broker.Storage.Segments;
using CsCheck;
using Google.Protobuf;
using Record = Broker.Protos.V1.Record;
using RecordKind = Broker.Protos.V1.RecordKind;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>Goal: what is encoded by hand is what generated code would have written. Method: segments, runs of rows and field policies at random, encoded
/// out of pieces in memory and value by value, and held against the bytes of the generated messages.</summary>
public sealed class RecordEncoderTests
{
    private static readonly Pseudonyms Pseudonyms = new(OneKey.Key);

    private static readonly Gen<RecordFields> Fields = Gen.Int[0, 255].Select(fields => (RecordFields)fields & ~RecordFields.Id);

    [Fact]
    public void A_batch_is_to_the_byte_what_generated_code_writes_for_any_rows_and_any_field_policy() => Gen.Select(SegmentCases.All, Fields).Sample((given, pseudonymised) =>
    {
        var policy = new FieldPolicy(given.Dropped, pseudonymised & ~given.Dropped);
        var pieced = new PiecedContent(given.Records, given.ChunkRows);
        var memory = new MemoryContent("pieced", "posts", given.Records);
        var head = new RecordBatch { Partition = 3, Round = 1, Slice = given.ChunkRows, DeadlineOffsetMs = 123_456, Dataset = "platforms/acme/datasets/posts" };
        foreach (var content in (SegmentContent[])[pieced, memory])
        {
            using var encoder = new RecordEncoder(policy, Pseudonyms);
            encoder.Encode(new MessagePart("posts", [new OpenedRows(content, 0, 1)])); // a message before it
            var (records, bytes) = (encoder.Records, encoder.FieldBytes);
            var runs = SegmentCases.RunsOf(content, given.Runs);
            var expected = runs.SelectMany(run => given.Records.Take(run.From..run.To)).Select(record => RecordOf(record, policy)).ToList();

            var frame = new PullFrame(head, encoder.Encode(new MessagePart("posts", runs)));
            var message = new PullResponse { RecordBatch = new RecordBatch(head) { Records = { expected } } };
            var (whole, small) = (new ArrayBufferWriter<byte>(), new SmallPieces());
            frame.WriteTo(whole);
            frame.WriteTo(small);
            Assert.Equal(whole.WrittenCount, frame.Length);
            Assert.True(whole.WrittenSpan.SequenceEqual(CollectionsMarshal.AsSpan(small.Written)));
            Assert.Equal(message, PullResponse.Parser.ParseFrom(whole.WrittenSpan));
            Assert.Equal(message.CalculateSize(), frame.Length);
            Assert.Equal((expected.Count, expected.Sum(BytesOf)), (encoder.Records - records, encoder.FieldBytes - bytes));
        }
    });

    [Fact]
    public void A_message_without_records_is_written_as_it_is()
    {
        var message = new PullResponse { Summary = new PullSummary { SliceCount = 3, ExhaustedLimit = "records/term" } };
        var (frame, written) = (new PullFrame(message), new ArrayBufferWriter<byte>());
        frame.WriteTo(written);
        Assert.Equal(message.ToByteArray(), written.WrittenSpan.ToArray());
        Assert.Equal(written.WrittenCount, frame.Length);
    }

    [Fact]
    public void Records_larger_than_what_was_ever_encoded_find_room()
    {
        var content = new MemoryContent("large", "posts", [.. Enumerable.Range(1, 4).Select(size => new SourceRecord
        {
            Id = $"{size}", UserId = "ann", Kind = Domain.Platforms.RecordKind.Post, CreatedAt = DateTimeOffset.UnixEpoch, Text = new string('x', size * 700_000),
        })]);
        using var encoder = new RecordEncoder(FieldPolicy.Everything, Pseudonyms);
        for (var row = 0; row < content.Count; row++)
        {
            var batch = RecordBatch.Parser.ParseFrom(encoder.Encode(new MessagePart("posts", [new OpenedRows(content, row, row + 1)])).Span);
            Assert.Equal(RecordOf(content.Records[row], FieldPolicy.Everything), batch.Records.Single());
        }
    }

    private static Record RecordOf(SourceRecord record, FieldPolicy policy)
    {
        return new Record
        {
            Id = record.Id,
            Author = Released(RecordFields.Author, record.UserId),
            Kind = (RecordKind)record.Kind,
            CreateTimeMs = record.CreatedAt.ToUnixTimeMilliseconds(),
            Language = Released(RecordFields.Language, record.Language),
            Title = Released(RecordFields.Title, record.Title),
            Text = Released(RecordFields.Text, record.Text),
            TargetId = Released(RecordFields.TargetId, record.TargetId),
            Licence = Released(RecordFields.Licence, record.Licence),
            Attribution = Released(RecordFields.Attribution, record.Attribution),
        };

        string Released(RecordFields field, string text) =>
            (policy.Dropped & field) != 0 ? "" : (policy.Pseudonymised & field) != 0 ? Pseudonyms.Of(field, text) : text;
    }

    private static long BytesOf(Record record) =>
        ((string[])[record.Id, record.Author, record.Language, record.Title, record.Text, record.TargetId, record.Licence, record.Attribution]).Sum(text => Encoding.UTF8.GetByteCount(text));
}
