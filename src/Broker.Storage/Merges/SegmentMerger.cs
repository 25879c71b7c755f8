using Broker.Domain.Merges;
using Broker.Domain.Partitions;
using Broker.Domain.Releases;
using Broker.Grains.Keys;
using Broker.Grains.Merges;
using Broker.Grains.Segments;
using Broker.Storage.Imports;
using Broker.Storage.Objects;
using Broker.Storage.Segments;
using Broker.Storage.Tokens;
using Microsoft.Extensions.Options;

namespace Broker.Storage.Merges;

/// <summary>Merges segments of an object store: one merge at a time in a process, so that its memory, its scratch and its bytes a second are one merge's.</summary>
public sealed class SegmentMerger : ISegmentMerger, IDisposable
{
    private const int TokenBytes = 8;

    private readonly SegmentStore _store;
    private readonly MergeThrottle _throttle;
    private readonly TimeSpan _orphanAge;
    private readonly TimeProvider _time;
    private readonly IEntropy _entropy;
    private readonly string _temporaryDirectory;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly CancellationTokenSource _stop = new();
    private int _started;

    /// <summary>A merger.</summary>
    /// <param name="store">Where the segments lie.</param>
    /// <param name="options">How fast.</param>
    /// <param name="imports">How old what nobody names must be before it counts as left behind.</param>
    /// <param name="time">The clock.</param>
    /// <param name="entropy">Gives each merge a token that no other has.</param>
    /// <param name="temporaryDirectory">Where merges are written; best on the file system of a store that is a directory.</param>
    public SegmentMerger(
        SegmentStore store, IOptions<MergeOptions> options, IOptions<ImportOptions> imports, TimeProvider time, IEntropy entropy, string temporaryDirectory)
    {
        (_store, _time, _entropy, _temporaryDirectory) = (store, time, entropy, temporaryDirectory);
        _throttle = new MergeThrottle(time, options.Value.BytesPerSecond);
        _orphanAge = TimeSpan.FromHours(imports.Value.OrphanHours);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<MergedSegment>> MergeAsync(string platform, int partition, MergePlan plan, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        await _gate.WaitAsync(stop.Token);
        try
        {
            return await Task.Run(() => RunAsync(platform, partition, plan, stop.Token), stop.Token);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SegmentUnavailableException(plan.Inputs[0].Info.Id, $"a merge of it was given up: {failure.Message}", failure);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string platform, RetiredSegment segment, CancellationToken cancellationToken) => TryAsync(segment.Info.Id, async () =>
    {
        await _store.DeleteAsync(platform, segment, cancellationToken);
        return true;
    });

    /// <inheritdoc/>
    public Task<int> CollectAsync(string platform, int partition, string dataset, IReadOnlySet<string> named, CancellationToken cancellationToken) => TryAsync(
        dataset,
        () => OrphanSegments.DeleteAsync(
            _store.Objects, SegmentKeys.FolderOf(platform, dataset) + SegmentPlace.PrefixOf(partition), named, _time.GetUtcNow() - _orphanAge, cancellationToken));

    /// <summary>Gives up what is under way.</summary>
    public void Dispose() => _stop.Cancel(); // left to the collector: a merge that is under way still reads the token

    private async Task<IReadOnlyList<MergedSegment>> RunAsync(string platform, int partition, MergePlan plan, CancellationToken cancellationToken)
    {
        var begun = _time.GetTimestamp();
        var work = Directory.CreateDirectory(Path.Combine(_temporaryDirectory, $"merge-{Interlocked.Increment(ref _started)}"));
        try
        {
            var (inputs, counts) = (new List<SegmentContent>(), new List<IReadOnlyList<MappedCounts>>());
            foreach (var input in plan.Inputs)
            {
                var segment = RefOf(platform, input.Info);
                inputs.Add(await _store.OpenAsync(segment, cancellationToken));
                counts.Add(await OpenCountsAsync(segment, plan, input, cancellationToken));
            }

            using var merge = new SegmentMerge(plan, inputs, counts, _throttle);
            var outputs = await merge.WriteAsync(partition, NewToken(), work.FullName, cancellationToken);
            foreach (var output in outputs) await PublishAsync(platform, output, cancellationToken);
            // Somebody might soon take what was just written for what a crash left.
            if (_time.GetElapsedTime(begun) > _orphanAge / 2) throw new IOException($"it took longer than {_orphanAge / 2}.");
            return [.. outputs.Select(output => output.Merged)];
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private async Task<IReadOnlyList<MappedCounts>> OpenCountsAsync(SegmentRef segment, MergePlan plan, MergeInput input, CancellationToken cancellationToken)
    {
        var counts = new List<MappedCounts>();
        foreach (var tokenizer in plan.Tokenizers)
            counts.Add(await _store.OpenMappedCountsAsync(segment, input.Tokens.Single(tokens => tokens.Tokenizer == tokenizer), cancellationToken));
        return counts;
    }

    private async Task PublishAsync(string platform, MergeFiles output, CancellationToken cancellationToken)
    {
        foreach (var counts in output.Counts) await _store.PublishAsync(RefOf(platform, output.Merged.Segment), counts, cancellationToken);
        await _store.PublishAsync(platform, output.Written, cancellationToken);
    }

    private static SegmentRef RefOf(string platform, SegmentInfo segment) => new(platform, segment.Dataset, segment.Id, segment.Digest.AsMemory());

    private static async Task<T> TryAsync<T>(string segment, Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (ObjectStoreException failure)
        {
            throw new SegmentUnavailableException(segment, failure.Message, failure);
        }
    }

    private string NewToken()
    {
        Span<byte> token = stackalloc byte[TokenBytes];
        _entropy.Fill(token);
        return Convert.ToHexStringLower(token);
    }
}
