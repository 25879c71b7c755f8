namespace Broker.Benchmarks.Ledger;

/// <summary>A rival: a grain that counts in its state, as Orleans' own tutorials would.</summary>
public interface ICounterGrain : IGrainWithStringKey
{
    /// <summary>Counts one; it is stored when this returns.</summary>
    Task AddAsync();
}

/// <summary>What it keeps.</summary>
[GenerateSerializer]
public sealed class CounterState
{
    /// <summary>So many.</summary>
    [Id(0)]
    public long Count { get; set; }
}

internal sealed class CounterGrain([PersistentState("counter")] IPersistentState<CounterState> state) : Grain, ICounterGrain
{
    public Task AddAsync()
    {
        state.State.Count++;
        return state.WriteStateAsync();
    }
}
