using Broker.Grains.Logs;

namespace Broker.Grains.Tests.Logs;

/// <summary>Something asked of the store that takes effect, and is answered, when the simulation says so.</summary>
internal abstract class StoreOperation(SimulatedActivation by, long started)
{
    public SimulatedActivation By => by;

    /// <summary>The simulation's tick when it was handed in.</summary>
    public long Started => started;

    public bool TookEffect { get; protected set; }

    public abstract void TakeEffect();

    public abstract void Answer();

    public abstract void Fail(Exception failure);
}

/// <inheritdoc/>
internal sealed class StoreOperation<T>(SimulatedActivation by, long started, Func<T> effect) : StoreOperation(by, started)
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Answered => _answer.Task;

    public override void TakeEffect()
    {
        if (TookEffect) return;
        _result = effect();
        TookEffect = true;
    }

    public override void Answer()
    {
        TakeEffect();
        By.Answered(Started, _result is not LogAppendResult { Outcome: not LogAppendOutcome.Appended }, isAppend: _result is LogAppendResult);
        _answer.SetResult(_result!);
    }

    public override void Fail(Exception failure)
    {
        By.Answered(Started, false, isAppend: typeof(T) == typeof(LogAppendResult));
        _answer.SetException(failure);
    }
}
