using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Apache.Arrow;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Gateway.Flights;
using Broker.Gateway.Pulls;
using Broker.Gateway.Tests.Pulls;
using Broker.Grains.Keys;
using Broker.Protos.Flight;
using Broker.Storage.Segments;
using Broker.TestKit.Nodes;
using CsCheck;
using Google.Protobuf;

namespace Broker.Gateway.Tests.Flights;

/// <summary>Goal: the fast path and the straightforward one say the same. Method: segments, runs of rows and dropped fields at random, each
/// batch written both ways and read by the stock reader.</summary>
public sealed class RawBatchTests
{
    private static readonly Pseudonyms Pseudonyms = new(OneKey.Key);

    private static readonly Gen<string> Texts = Gen.OneOf(Gen.Const(""), Gen.String[Gen.Char['a', 'z'], 1, 40], Gen.Const("Überschrift 🎉"));

    private static readonly Gen<SourceRecord> Records = Gen.Select(Gen.Long[-5, 2_000_000_000_000], Texts, Texts, Texts, (created, author, title, text) => new SourceRecord
    {
        Id = $"{text.Length}-{created}",
        UserId = author,
        Kind = RecordKind.Comment,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(created),
        Language = title.Length > 5 ? "de" : "",
        Title = title,
        Text = text,
        TargetId = author.Length > 3 ? "9" : "",
        Licence = "CC-BY-4.0",
        Attribution = "",
    });

    private static readonly Gen<(List<SourceRecord> Records, int ChunkRows, (int From, int Length)[] Runs, RecordFields Dropped)> Cases = Gen.Select(
        Records.List[1, 60], Gen.Int[1, 25], Gen.Select(Gen.Int[0, 59], Gen.Int[0, 30]).Array[0, 6], Gen.Int[0, 255],
        (records, chunk, runs, dropped) => (records, chunk, runs, (RecordFields)dropped & ~RecordFields.Id));

    [Fact]
    public void The_fast_path_and_the_straightforward_one_give_the_same_records_for_any_runs_of_rows_and_dropped_fields() => Cases.Sample(given =>
    {
        var content = new PiecedContent(given.Records, given.ChunkRows);
        var policy = new FieldPolicy(given.Dropped, RecordFields.None);
        var schema = FlightSchema.Of(policy);
        var runs = given.Runs
            .Select(run => new OpenedRows(content, Math.Min(run.From, content.Count), Math.Min(run.From + run.Length, content.Count)))
            .Where(run => run.To > run.From).ToList();
        var part = new FlightPart("posts", runs);
        var (raw, rendered) = (RawBatch.TryOf(schema, part, policy)!, RenderedBatch.Of(schema, part, policy, Pseudonyms));
        Assert.Equal(rendered.FieldBytes, raw.FieldBytes);
        Assert.Equal(ReadBack(schema, rendered), ReadBack(schema, raw));
        Assert.Equal(part.Rows, ReadBack(schema, raw).Count);
    });

    [Fact]
    public void A_frame_is_as_long_as_it_says_whatever_memory_the_transport_hands_out() => Cases.Sample(given =>
    {
        var content = new PiecedContent(given.Records, given.ChunkRows);
        var schema = FlightSchema.Of(FieldPolicy.Everything);
        var batch = RawBatch.TryOf(schema, new FlightPart("posts", [new OpenedRows(content, 0, content.Count)]), FieldPolicy.Everything)!;
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
        var part = new FlightPart("posts", [new OpenedRows(content, 0, 1)]);
        var all = FlightSchema.Of(FieldPolicy.Everything);
        Assert.NotNull(RawBatch.TryOf(all, part, FieldPolicy.Everything));
        Assert.Null(RawBatch.TryOf(all, part, new FieldPolicy(RecordFields.None, RecordFields.Author)));
        Assert.Null(RawBatch.TryOf(all, part, new FieldPolicy(RecordFields.Title, RecordFields.None)));
        var memory = new MemoryContent("memory", "posts", content.Records);
        Assert.Null(RawBatch.TryOf(all, new FlightPart("posts", [new OpenedRows(content, 0, 1), new OpenedRows(memory, 0, 1)]), FieldPolicy.Everything));
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

    /// <summary>A segment whose rows lie in several pieces, as in a file.</summary>
    private sealed class PiecedContent(IReadOnlyList<SourceRecord> records, int pieceRows) : SegmentContent
    {
        private readonly MemoryContent _rows = new("pieced", "posts", records);
        private readonly Piece[] _pieces = [.. records.Chunk(pieceRows).Select((piece, index) => new Piece(piece) { FirstRow = index * pieceRows })];

        public IReadOnlyList<SourceRecord> Records => records;

        public override string SegmentId => _rows.SegmentId;

        public override string Dataset => _rows.Dataset;

        public override RecordKind Kind => _rows.Kind;

        public override int Count => _rows.Count;

        public override int UserAt(int row) => _rows.UserAt(row);

        public override RowKey KeyAt(int row) => _rows.KeyAt(row);

        public override string LanguageAt(int row) => _rows.LanguageAt(row);

        public override string IdAt(int row) => _rows.IdAt(row);

        public override long CreatedAtMsAt(int row) => _rows.CreatedAtMsAt(row);

        public override ReadOnlySpan<byte> FieldAt(RecordFields field, int row) => _rows.FieldAt(field, row);

        public override long BytesOf(int from, int to, FieldPolicy policy) => _rows.BytesOf(from, to, policy);

        public override SegmentColumns ColumnsAt(int row) => _pieces[row / pieceRows];
    }

    private sealed class Piece(IReadOnlyList<SourceRecord> records) : SegmentColumns
    {
        public override int Count => records.Count;

        public override ReadOnlyMemory<byte> CreatedAtMs => MemoryMarshal.AsBytes<long>([.. records.Select(record => record.CreatedAt.ToUnixTimeMilliseconds())]).ToArray();

        // Another value lies before the first: offsets of a piece need not begin at 0.
        public override ReadOnlyMemory<byte> OffsetsOf(RecordFields field)
        {
            var (offsets, end) = (new List<int> { 3 }, 3);
            foreach (var record in records) offsets.Add(end += Encoding.UTF8.GetByteCount(Text(record, field)));
            return MemoryMarshal.AsBytes<int>([.. offsets]).ToArray();
        }

        public override ReadOnlyMemory<byte> ValuesOf(RecordFields field) => Encoding.UTF8.GetBytes("???" + string.Concat(records.Select(record => Text(record, field))));

        private static string Text(SourceRecord record, RecordFields field) => field switch
        {
            RecordFields.Id => record.Id,
            RecordFields.Author => record.UserId,
            RecordFields.Language => record.Language,
            RecordFields.Title => record.Title,
            RecordFields.Text => record.Text,
            RecordFields.TargetId => record.TargetId,
            RecordFields.Licence => record.Licence,
            _ => record.Attribution,
        };
    }

    /// <summary>A transport that hands out as little as it may.</summary>
    private sealed class SmallPieces : IBufferWriter<byte>
    {
        private byte[] _piece = [];

        public List<byte> Written { get; } = [];

        public void Advance(int count) => Written.AddRange(_piece.AsSpan(0, count));

        public Memory<byte> GetMemory(int sizeHint = 0) => _piece = new byte[Math.Max(sizeHint, 7)];

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
