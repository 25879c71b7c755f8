namespace Broker.Specs.Releases;

/// <summary>The designs of release and withdrawal that the model compares. Each but <see cref="Full"/> lacks one rule.</summary>
public enum ReleaseDesign
{
    /// <summary>Acknowledges right after the append, without waiting for slices that are still unsent.</summary>
    NoBarrier,

    /// <summary>A new activation, which knows no leases, acknowledges at once.</summary>
    TakeoverAcksAtOnce,

    /// <summary>A new activation waits one lease, though the old one may have renewed just before its authority ended.</summary>
    TakeoverWaitsOneLease,

    /// <summary>An activation renews leases for as long as it likes, also when it has lost its log.</summary>
    UnboundedRenewals,

    /// <summary>Releases what it selected before it reserved, without looking at consent again.</summary>
    ReleasesWhatItSelected,

    /// <summary>A resend repeats what was released, without the consent of now.</summary>
    ResendsUnfiltered,

    /// <summary>A suspension revokes leases, but does not name the reservations that are still on their way.</summary>
    RevokesWithoutIds,

    /// <summary>A resend trusts an "active" that the deal answered before the revocation came.</summary>
    ResendTrustsEarlierAnswer,

    /// <summary>A stale activation acknowledges a suspension without checking its fence.</summary>
    StaleAcknowledgesSuspension,

    /// <summary>Every rule of the protocol.</summary>
    Full,
}
