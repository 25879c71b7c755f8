using Broker.Domain.Platforms;
using Broker.Storage.Imports;
using static Broker.Storage.Tests.Imports.ImportWorld;

namespace Broker.Storage.Tests.Imports;

/// <summary>Alone: what other tests hold would count too.</summary>
[CollectionDefinition(nameof(ImportMemoryTests), DisableParallelization = true)]
[Collection(nameof(ImportMemoryTests))]
public sealed class ImportMemoryTests
{
    private const int Records = 300_000;
    private const long HeapGrowthMax = 24L << 20;

    private static readonly string Text = new('x', 150);

    [Fact]
    public async Task An_import_does_not_hold_what_it_imports_in_memory()
    {
        using var world = new ImportWorld(partitionCount: 4, new ImportOptions { SortBufferBytes = 1 << 20 });
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var most = 0L;
        var asked = 0;
        world.Partitions.Asked = () =>
        {
            if (asked++ % 20 == 0) Look();
        };
        world.Partitions.BeforeCommit = (_, _) =>
        {
            Look();
            return Task.CompletedTask;
        };

        var report = await world.ImportAsync(ItemsAsync());
        Assert.Equal(Records, report.Added);
        Assert.True(asked > 40); // the heap was looked at on the way
        Assert.InRange(most, 0, HeapGrowthMax);
        Assert.True(Records * (long)Text.Length > 3 * HeapGrowthMax / 2); // and what came in would not have fitted

        void Look() => most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);

        async IAsyncEnumerable<SourceItem> ItemsAsync()
        {
            for (var index = 0; index < Records; index++)
            {
                if (index % 30_000 == 0) Look();
                if (index % 1_000 == 0) await Task.Yield();
                yield return Post($"record-{index}", $"user-{index % 5_000}", Text);
            }
        }
    }
}
