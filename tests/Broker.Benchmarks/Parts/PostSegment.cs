using System.Buffers;
using System.Globalization;
using Broker.Benchmarks.States;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Storage.Imports;
using Broker.Storage.Segments;
using Broker.TestKit.Nodes;

namespace Broker.Benchmarks.Parts;

/// <summary>A segment of posts, written and mapped as a node does it; each user has as many, one after another.</summary>
internal sealed class PostSegment : IDisposable
{
    private const int TextLength = 300; // with all other fields about 330 bytes as they are sent

    private readonly TemporaryDirectory _directory = new();
    private readonly MappedSegment _mapped;

    /// <param name="users">How many users.</param>
    /// <param name="rowsOfUser">Posts of each.</param>
    public PostSegment(int users, int rowsOfUser)
    {
        using var writer = new SegmentWriter(new SegmentPlace(GrownPartition.Dataset, 0, RecordKind.Post, 1, 0, "parts"), _directory.Path);
        var buffer = new ArrayBufferWriter<byte>();
        for (var row = 0; row < users * rowsOfUser; row++)
        {
            var record = RecordOf(row, row / rowsOfUser);
            buffer.ResetWrittenCount();
            SpooledRecord.Write(buffer, record);
            writer.Add(row / rowsOfUser, ImportSpool.HashOf(record.Id), new SpooledRecord(buffer.WrittenSpan));
        }

        var written = writer.Finish();
        Info = written.Info;
        _mapped = MappedSegment.Open(written.RowsFile, Info.Id, Info.Dataset);
    }

    /// <summary>Its rows.</summary>
    public SegmentContent Content => _mapped;

    /// <summary>What a log says of it.</summary>
    public SegmentInfo Info { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _mapped.Dispose();
        _directory.Dispose();
    }

    private static SourceRecord RecordOf(int row, int user) => new()
    {
        Id = string.Create(CultureInfo.InvariantCulture, $"r{row:D9}"),
        UserId = string.Create(CultureInfo.InvariantCulture, $"author-{user}"),
        Kind = RecordKind.Post,
        CreatedAt = GrownPartition.Start.AddSeconds(row - 100_000_000),
        Language = "en",
        Text = new string((char)('a' + (row % 26)), TextLength),
    };
}
