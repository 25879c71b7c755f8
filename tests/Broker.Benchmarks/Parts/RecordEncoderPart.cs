using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Broker.Domain.Releases;
using Broker.Gateway.Pulls;
using Broker.Grains.Keys;
using Broker.Protos.V1;
using Google.Protobuf;
using Record = Broker.Protos.V1.Record;

namespace Broker.Benchmarks.Parts;

/// <summary>The 1,000 records of a message of a typed pull, out of a mapped segment; against protobuf's generated code, as gRPC calls it.</summary>
[MemoryDiagnoser, BenchmarkCategory(nameof(RecordEncoderPart))]
public class RecordEncoderPart
{
    private const int Records = 1_000;

    private readonly ArrayBufferWriter<byte> _written = new();
    private PostSegment? _posts;
    private RecordEncoder? _encoder;
    private MessagePart _part = MessagePart.Empty;
    private RecordBatch _ready = new();

    /// <summary>Writes the segment, and compares what both write.</summary>
    [GlobalSetup]
    public void Write()
    {
        _posts = new PostSegment(Records, rowsOfUser: 1);
        _part = new MessagePart(_posts.Info.Dataset, [new OpenedRows(_posts.Content, 0, Records)]);
        _encoder = new RecordEncoder(FieldPolicy.Everything, new Pseudonyms(new byte[UserKey.Bytes]));
        _ready = Made();
        Generated();
        if (!_encoder.Encode(_part).Span.SequenceEqual(_written.WrittenSpan)) throw new BooksException("The encoder and generated code write different bytes.");
    }

    /// <summary>A message made of the rows, then written.</summary>
    [Benchmark(Baseline = true)]
    public int Generated() => Written(Made());

    /// <summary>A message that lies ready, written.</summary>
    [Benchmark]
    public int GeneratedReady() => Written(_ready);

    /// <summary>As a node does it.</summary>
    [Benchmark]
    public int Encoder() => _encoder!.Encode(_part).Length;

    /// <summary>Lets the segment go.</summary>
    [GlobalCleanup]
    public void Close()
    {
        _encoder!.Dispose();
        _posts!.Dispose();
    }

    private int Written(RecordBatch batch)
    {
        _written.ResetWrittenCount();
        _ = batch.CalculateSize(); // gRPC says the length first
        batch.WriteTo(_written);
        return _written.WrittenCount;
    }

    private RecordBatch Made()
    {
        var (batch, content) = (new RecordBatch(), _posts!.Content);
        for (var row = 0; row < Records; row++)
            batch.Records.Add(new Record
            {
                Id = Text(RecordFields.Id, row),
                Author = Text(RecordFields.Author, row),
                Kind = (RecordKind)content.Kind,
                CreateTimeMs = content.CreatedAtMsAt(row),
                Language = Text(RecordFields.Language, row),
                Title = Text(RecordFields.Title, row),
                Text = Text(RecordFields.Text, row),
                TargetId = Text(RecordFields.TargetId, row),
                Licence = Text(RecordFields.Licence, row),
                Attribution = Text(RecordFields.Attribution, row),
            });
        return batch;
    }

    private string Text(RecordFields field, int row) => Encoding.UTF8.GetString(_posts!.Content.FieldAt(field, row));
}
