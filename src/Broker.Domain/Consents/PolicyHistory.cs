using Broker.Domain.Platforms;

namespace Broker.Domain.Consents;

/// <summary>The policies of a platform as one partition's log has them: announced, and in force since a position.</summary>
public sealed class PolicyHistory
{
    private readonly List<Policy> _announced = [];
    private readonly List<(long Position, Policy Policy)> _inForce = [];

    /// <summary>The newest announced policy, or null.</summary>
    public Policy? Latest => _announced.Count == 0 ? null : _announced[^1];

    /// <summary>Every announced policy, oldest first.</summary>
    public IReadOnlyList<Policy> Announced => _announced;

    /// <summary>Every policy that came in force, oldest first, with the position since which it is.</summary>
    public IReadOnlyList<(long Position, Policy Policy)> InForce => _inForce;

    /// <summary>Announces a policy.</summary>
    public void Announce(Policy policy) => _announced.Add(policy);

    /// <summary>Puts an announced policy in force from a position on.</summary>
    public void Enter(int version, long position) => _inForce.Add((position, _announced[version - 1]));

    /// <summary>Announced policies whose date has come by <paramref name="now"/> and that are not in force yet, oldest first.</summary>
    public IEnumerable<Policy> Due(DateTimeOffset now)
    {
        var newest = _inForce.Count == 0 ? 0 : _inForce[^1].Policy.Version;
        return _announced.Where(policy => policy.Version > newest && policy.EffectiveAt <= now);
    }

    /// <summary>The policy in force at a position, or null.</summary>
    public Policy? At(long position)
    {
        var index = IndexAt(position);
        return index < 0 ? null : _inForce[index].Policy;
    }

    /// <summary>Since when the default has spoken without a break, up to a position, for users whose notice of
    /// <paramref name="noticeVersion"/> has run (the notice's own position aside); null when it does not.</summary>
    /// <remarks>A notice carries on through later policies as long as none widens: each must have covered the same already.</remarks>
    public long? DefaultSince(string jurisdiction, RecordKind kind, Purposes purposes, int noticeVersion, long position)
    {
        long? since = null;
        for (var index = IndexAt(position); index >= 0; index--)
        {
            var (start, policy) = _inForce[index];
            if (policy.Version < noticeVersion || !policy.SpeaksFor(jurisdiction, kind, purposes)) break;
            since = start;
        }

        // Versions announced between the notice's and the first in force might have narrowed: they never applied, so they do not count.
        return since is not null && CarriesFrom(noticeVersion, position, jurisdiction, kind, purposes) ? since : null;
    }

    private bool CarriesFrom(int noticeVersion, long position, string jurisdiction, RecordKind kind, Purposes purposes)
    {
        if (noticeVersion < 1 || noticeVersion > _announced.Count) return false;
        if (!_announced[noticeVersion - 1].SpeaksFor(jurisdiction, kind, purposes)) return false;
        for (var index = IndexAt(position); index >= 0 && _inForce[index].Policy.Version >= noticeVersion; index--)
            if (!_inForce[index].Policy.SpeaksFor(jurisdiction, kind, purposes))
                return false;
        return true;
    }

    private int IndexAt(long position)
    {
        for (var index = _inForce.Count - 1; index >= 0; index--)
            if (_inForce[index].Position <= position)
                return index;
        return -1;
    }
}
