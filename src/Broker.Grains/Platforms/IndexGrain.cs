using Broker.Grains.States;

namespace Broker.Grains.Platforms;

/// <summary>The names of a noun, in grain storage.</summary>
internal sealed class IndexGrain([PersistentState("names", "Default")] IPersistentState<IndexState> storage) : Grain, IIndexGrain
{
    public async Task AddAsync(string name)
    {
        if (!storage.State.Names.Add(name)) return;
        await this.WriteOrForgetAsync(storage);
    }

    public Task<IReadOnlyList<string>> ListAsync(string after, int countMax) => Task.FromResult<IReadOnlyList<string>>(
        [.. storage.State.Names.Where(name => string.CompareOrdinal(name, after) > 0).Take(countMax)]);
}

/// <summary>What lies in grain storage.</summary>
[GenerateSerializer]
internal sealed class IndexState
{
    [Id(0)]
    public SortedSet<string> Names { get; init; } = new(StringComparer.Ordinal);
}
