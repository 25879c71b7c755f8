using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Broker.EndToEnd.Client;

/// <summary>A clock that only the test moves, and that says which delays are waited for.</summary>
internal sealed class ScriptedTime : FakeTimeProvider
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromMinutes(1); // of calls; every delay of these tests is shorter

    private readonly Channel<TimeSpan> _waits = Channel.CreateUnbounded<TimeSpan>();

    /// <summary>Whether delays are over at once.</summary>
    public bool SkipsDelays { get; init; }

    /// <summary>Every delay that was waited for.</summary>
    public ConcurrentQueue<TimeSpan> Delays { get; } = [];

    /// <summary>Waits until somebody waits; how long.</summary>
    public ValueTask<TimeSpan> NextDelayAsync() => _waits.Reader.ReadAsync();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var isDelay = dueTime > TimeSpan.Zero && dueTime < CallTimeout;
        if (isDelay && SkipsDelays)
        {
            Delays.Enqueue(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }

        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (isDelay) _waits.Writer.TryWrite(dueTime);
        return timer;
    }
}
