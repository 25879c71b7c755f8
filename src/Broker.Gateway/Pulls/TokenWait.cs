using Broker.Domain;

namespace Broker.Gateway.Pulls;

/// <summary>How long a stream waits for tokens to be counted: as long as the count goes on, and not much longer. Where it stands still, its client had
/// better hear of it.</summary>
/// <param name="time">The clock.</param>
/// <param name="most">The longest wait for one segment.</param>
internal sealed class TokenWait(TimeProvider time, TimeSpan most)
{
    private string? _waitingFor;
    private long _since;

    /// <summary>Nothing is waited for any more.</summary>
    public void Reset() => _waitingFor = null;

    /// <summary>Whether a refusal says that tokens are not counted yet, and may be waited for.</summary>
    public bool MayWait(Refusal refusal)
    {
        if (refusal.Reason != RefusalReason.TokensNotCounted) return false;
        if (_waitingFor == refusal.Message) return time.GetElapsedTime(_since) < most;
        (_waitingFor, _since) = (refusal.Message, time.GetTimestamp()); // what waits has changed: something was counted
        return true;
    }
}
