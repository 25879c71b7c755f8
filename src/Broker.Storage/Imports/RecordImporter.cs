using System.Collections.Concurrent;
using Broker.Domain.Platforms;
using Broker.Grains.Imports;
using Broker.Grains.Keys;
using Broker.Storage.Segments;
using Microsoft.Extensions.Options;

namespace Broker.Storage.Imports;

/// <summary>Imports: items are spooled and sorted on disk, compared with what is held, written as segments, and committed partition by
/// partition. Nothing is committed before the last item was read.</summary>
public sealed class RecordImporter : IRecordImporter
{
    private const int TokenBytes = 8;

    private readonly Func<string, IImportPartitions> _partitionsOf;
    private readonly SegmentStore _store;
    private readonly ImportOptions _options;
    private readonly TimeProvider _time;
    private readonly IEntropy _entropy;
    private readonly string _temporaryDirectory;
    private int _started;
    private readonly ConcurrentDictionary<(string Platform, string Dataset), SemaphoreSlim> _gates = new();

    /// <summary>An importer over the platform's partitions.</summary>
    /// <param name="grains">Where the partitions are.</param>
    /// <param name="store">Where segments go.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="time">The clock that says how old an object is.</param>
    /// <param name="entropy">Gives each import a token that no other has.</param>
    /// <param name="temporaryDirectory">Where imports spool; each in a directory of its own, which goes with it.</param>
    public RecordImporter(IGrainFactory grains, SegmentStore store, IOptions<ImportOptions> options, TimeProvider time, IEntropy entropy, string temporaryDirectory)
        : this(platform => new GrainPartitions(grains, platform), store, options.Value, time, entropy, temporaryDirectory)
    {
    }

    internal RecordImporter(
        Func<string, IImportPartitions> partitionsOf, SegmentStore store, ImportOptions options, TimeProvider time, IEntropy entropy, string temporaryDirectory) =>
        (_partitionsOf, _store, _options, _time, _entropy, _temporaryDirectory) = (partitionsOf, store, options, time, entropy, temporaryDirectory);

    /// <inheritdoc/>
    public async Task<ImportReport> ImportAsync(RecordImport import, IAsyncEnumerable<SourceItem> items, CancellationToken cancellationToken)
    {
        var work = Directory.CreateDirectory(Path.Combine(_temporaryDirectory, $"import-{import.ImportId}-{Interlocked.Increment(ref _started)}"));
        try
        {
            using var spool = new ImportSpool(work.FullName, _options.SortBufferBytes);
            await foreach (var item in items.WithCancellation(cancellationToken)) spool.Add(item);
            return await CommitAsync(import, spool, work.FullName, cancellationToken);
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    // One import of a dataset at a time in this process; another process's is found out by the manifest's position.
    private async Task<ImportReport> CommitAsync(RecordImport import, ImportSpool spool, string work, CancellationToken cancellationToken)
    {
        var gate = _gates.GetOrAdd((import.Platform, import.Dataset), static _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellationToken);
        try
        {
            var run = new ImportRun(import, spool, _partitionsOf(import.Platform), _store, _options, _time, NewToken(), work);
            return await run.CompleteAsync(cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    private string NewToken()
    {
        Span<byte> token = stackalloc byte[TokenBytes];
        _entropy.Fill(token);
        return Convert.ToHexStringLower(token);
    }
}
