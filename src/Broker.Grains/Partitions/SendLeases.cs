using Broker.Grains.Pulls;

namespace Broker.Grains.Partitions;

/// <summary>The send leases of one activation, and the barrier that a withdrawal waits at.</summary>
/// <remarks>
/// A lease is opened with the decision that releases its slice, before that is durable, so that a withdrawal decided
/// right after it sees it. It begins when the grant is answered, and ends when the gateway has settled the slice or time
/// has run out; a revoked lease is never renewed, so the barrier ends within one lease. After a take-over the leases of the
/// activation before are unknown: the barrier then lasts until two leases after the fence rose (its last accepted append
/// started before that; it may have renewed for one lease after, and the renewal lasts one more).
/// </remarks>
internal sealed class SendLeases(TimeProvider time, TimeSpan lease)
{
    // By stream too: a slice that another stream sends again keeps the lease of whoever may still be sending it.
    private readonly Dictionary<(string Deal, SliceName Slice, string StreamId), SendLease> _leases = [];

    /// <summary>How long a lease runs.</summary>
    public TimeSpan Lease => lease;

    /// <summary>Called with each lease that is revoked, once.</summary>
    public Action<SendLease>? Revoked { get; set; }

    /// <summary>Opens a lease that nobody holds yet.</summary>
    public SendLease Open(SendLease opened)
    {
        if (_leases.Remove(KeyOf(opened), out var older)) older.Settle();
        return _leases[KeyOf(opened)] = opened;
    }

    /// <summary>Begins a lease as its grant is answered; false where it was revoked meanwhile: the slice must not be sent.</summary>
    public bool TryBegin(SendLease opened)
    {
        if (opened.IsRevoked)
        {
            Remove(opened);
            return false;
        }

        opened.ExpiresAt = Expiry();
        return true;
    }

    /// <summary>Renews what its stream still holds; what was revoked, or has run out, is left out.</summary>
    public IReadOnlyList<SliceName> Renew(string deal, string streamId, IEnumerable<SliceName> slices)
    {
        var renewed = new List<SliceName>();
        foreach (var slice in slices)
        {
            if (!_leases.TryGetValue((deal, slice, streamId), out var held) || held.IsRevoked || HasExpired(held)) continue;
            held.ExpiresAt = Expiry();
            renewed.Add(slice);
        }

        return renewed;
    }

    /// <summary>The gateway has settled a slice, or it will never get it.</summary>
    public void Settle(string deal, string streamId, SliceName slice)
    {
        if (_leases.TryGetValue((deal, slice, streamId), out var held)) Remove(held);
    }

    /// <summary>Gives up a lease whose release did not become durable.</summary>
    public void Remove(SendLease opened)
    {
        opened.Settle();
        if (_leases.TryGetValue(KeyOf(opened), out var held) && ReferenceEquals(held, opened)) _leases.Remove(KeyOf(opened));
    }

    /// <summary>Whether a slice of the deal's round may still be on its way.</summary>
    public bool IsSending(string deal, int round)
    {
        Sweep();
        return _leases.Values.Any(held => held.Deal == deal && held.Slice.Round == round);
    }

    /// <summary>Revokes leases at once; the returned ones are what a barrier waits for.</summary>
    public IReadOnlyList<SendLease> Revoke(Func<SendLease, bool> which)
    {
        if (_leases.Count == 0) return [];
        Sweep();
        var hit = _leases.Values.Where(which).ToList();
        foreach (var held in hit.Where(held => !held.IsRevoked))
        {
            held.IsRevoked = true;
            Revoked?.Invoke(held);
        }

        return hit;
    }

    /// <summary>Done when none of these can be sent any more: settled, or run out.</summary>
    public Task WaitAsync(IReadOnlyList<SendLease> revoked) => Task.WhenAll(revoked.Select(WaitAsync));

    private async Task WaitAsync(SendLease revoked)
    {
        while (!revoked.Settled.IsCompleted)
        {
            // One that is not begun begins revoked, and so settles, as soon as its append is answered.
            var left = revoked.ExpiresAt is { } expiry ? time.GetElapsedTime(time.GetTimestamp(), expiry) : lease;
            if (revoked.ExpiresAt is not null && left <= TimeSpan.Zero) break;
            using var stop = new CancellationTokenSource();
            await Task.WhenAny(revoked.Settled, Task.Delay(left, time, stop.Token));
            await stop.CancelAsync();
        }

        Remove(revoked);
    }

    private static (string Deal, SliceName Slice, string StreamId) KeyOf(SendLease held) => (held.Deal, held.Slice, held.StreamId);

    private void Sweep()
    {
        foreach (var expired in _leases.Values.Where(HasExpired).ToList()) Remove(expired);
    }

    private bool HasExpired(SendLease held) => held.ExpiresAt is { } expiry && time.GetTimestamp() >= expiry;

    private long Expiry() => time.GetTimestamp() + (long)(lease.TotalSeconds * time.TimestampFrequency);
}
