using Broker.Domain.Platforms;
using Broker.Grains.Imports;
using Broker.Storage.Imports;
using Broker.Storage.Keys;
using Broker.Storage.Objects;
using Broker.Storage.Objects.Directory;
using Broker.Storage.Segments;
using Broker.Storage.Tests.Files;
using Microsoft.Extensions.Time.Testing;

namespace Broker.Storage.Tests.Imports;

/// <summary>An importer over partitions in memory and segments in a directory; its buffers and segments are tiny, so that it spills and splits.</summary>
internal sealed class ImportWorld : IDisposable
{
    public const string Platform = "acme";
    public const string Dataset = "posts";

    private readonly ScratchDirectory _directory = new();
    private readonly SegmentStore _store;
    private readonly RecordImporter _importer;
    private readonly int _partitionCount;
    private int _imports;

    public ImportWorld(int partitionCount = 4, ImportOptions? options = null, Func<IObjectStore, SegmentStore>? open = null)
    {
        _partitionCount = partitionCount;
        _store = open?.Invoke(new DirectoryObjectStore(Objects)) ?? new SegmentStore(new DirectoryObjectStore(Objects));
        Partitions = new MemoryPartitions(Platform, partitionCount, _store);
        _importer = new RecordImporter(
            _ => Partitions, _store, options ?? new ImportOptions { SortBufferBytes = 300, SegmentRowsMax = 3, SegmentBytesMax = 200 }, Time, new SystemEntropy(), _directory.File("tmp"));
    }

    public MemoryPartitions Partitions { get; }

    public SegmentStore Store => _store;

    /// <summary>Where imports and merges write before they publish.</summary>
    public string Temporary => _directory.File("tmp");

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    public string Objects => _directory.File("objects");

    public SortedDictionary<string, SourceRecord> Live => Partitions.Live(Dataset);

    /// <summary>Every file under the directory of segments, and every one that an import spooled.</summary>
    public IReadOnlyList<string> Files => [.. Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    public Task<ImportReport> ImportAsync(params SourceItem[] items) => ImportAsync(items, isComplete: false);

    public Task<ImportReport> ImportAsync(
        IEnumerable<SourceItem> items, bool isComplete, string dataset = Dataset, CancellationToken cancellationToken = default) =>
        ImportAsync(items.ToAsyncEnumerable(), isComplete, dataset, cancellationToken);

    public Task<ImportReport> ImportAsync(
        IAsyncEnumerable<SourceItem> items, bool isComplete = false, string dataset = Dataset, CancellationToken cancellationToken = default) =>
        _importer.ImportAsync(new RecordImport(Platform, dataset, $"import-{_imports++}", isComplete, _partitionCount), items, cancellationToken);

    public void Dispose()
    {
        _store.Dispose();
        _directory.Dispose();
    }

    public static SourceItem Post(string id, string user, string text = "") => SourceItem.Accept(Record(id, user, text));

    public static SourceRecord Record(string id, string user, string text = "") =>
        new() { Id = id, UserId = user, Kind = RecordKind.Post, CreatedAt = DateTimeOffset.UnixEpoch, Text = text };
}
