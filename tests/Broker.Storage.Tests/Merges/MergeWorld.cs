using Broker.Domain.Merges;
using Broker.Domain.Partitions;
using Broker.Grains.Merges;
using Broker.Grains.Segments;
using Broker.Storage.Imports;
using Broker.Storage.Keys;
using Broker.Storage.Merges;
using Broker.Storage.Objects;
using Broker.Storage.Segments;
using Broker.Storage.Tests.Imports;
using Microsoft.Extensions.Options;

namespace Broker.Storage.Tests.Merges;

/// <summary>Merges of what was imported, as a partition's grain does them: planned, written, read back, swapped, and later deleted.</summary>
internal sealed class MergeWorld : IDisposable
{
    /// <summary>Whatever there are two of, and whatever is gone.</summary>
    public static readonly MergeLimits Everything = new(2, 1_000_000, 100_000, TimeSpan.Zero);

    private readonly SegmentMerger _merger;

    public MergeWorld(Func<IObjectStore, SegmentStore>? open = null, int partitionCount = 1)
    {
        World = new ImportWorld(partitionCount, new ImportOptions { SortBufferBytes = 100_000, SegmentRowsMax = 1_000, SegmentBytesMax = 1_000_000 }, open);
        _merger = new SegmentMerger(World.Store, Options.Create(new MergeOptions()), Options.Create(new ImportOptions()), World.Time, new SystemEntropy(), World.Temporary);
    }

    public ImportWorld World { get; }

    public SegmentMerger Merger => _merger;

    public PartitionState State => World.Partitions[0];

    /// <summary>The objects that lie in the store, by their names.</summary>
    public IReadOnlyList<string> Objects => [.. Directory.GetFiles(World.Objects, "*", SearchOption.AllDirectories).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    public MergePlan? Plan(MergeLimits? limits = null) =>
        MergeRules.Next(State, new GoneWatch(), DateTimeOffset.MaxValue.AddDays(-1), limits ?? Everything, new HashSet<string>());

    /// <summary>Writes what was planned, and opens it.</summary>
    public async Task<IReadOnlyList<MergeOutput>> WriteAsync(MergePlan plan)
    {
        var outputs = new List<MergeOutput>();
        foreach (var merged in await _merger.MergeAsync(ImportWorld.Platform, 0, plan, CancellationToken.None))
            outputs.Add(new MergeOutput(merged, await World.Store.OpenRowsAsync(RefOf(merged), CancellationToken.None)));
        foreach (var output in outputs) State.Attach(output.Rows);
        return outputs;
    }

    public void Swap(MergePlan plan, IReadOnlyList<MergeOutput> outputs) => World.Partitions.Do(0, state => MergeRules.Swap(state, plan, outputs));

    /// <summary>Merges until nothing is due.</summary>
    public async Task<int> MergeAllAsync(MergeLimits? limits = null)
    {
        var merges = 0;
        for (; Plan(limits) is { } plan; merges++) Swap(plan, await WriteAsync(plan));
        return merges;
    }

    /// <summary>Deletes the files of what was merged away.</summary>
    public async Task DeleteRetiredAsync()
    {
        var retired = State.Retired.ToList();
        foreach (var segment in retired) await _merger.DeleteAsync(ImportWorld.Platform, segment, CancellationToken.None);
        if (retired.Count > 0) World.Partitions.Do(0, _ => Domain.Decision<PartitionEvent>.Of(new SegmentsDeleted([.. retired.Select(segment => segment.Info.Id)])));
    }

    /// <summary>Whether a text lies anywhere in the store, in whichever encoding it was written.</summary>
    public bool IsAnywhere(string text) => Directory.GetFiles(World.Objects, "*", SearchOption.AllDirectories)
        .Any(path => File.ReadAllBytes(path).AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0);

    public void Dispose()
    {
        _merger.Dispose();
        World.Dispose();
    }

    private static SegmentRef RefOf(MergedSegment merged) =>
        new(ImportWorld.Platform, merged.Segment.Dataset, merged.Segment.Id, merged.Segment.Digest.AsMemory());
}
