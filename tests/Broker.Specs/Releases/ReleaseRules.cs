namespace Broker.Specs.Releases;

/// <summary>The rules of the protocol, each of which a <see cref="ReleaseDesign"/> may lack.</summary>
internal sealed record ReleaseRules
{
    /// <summary>Ticks of a send lease.</summary>
    public const int Lease = 2;

    public bool WaitsForUnsent { get; init; } = true;
    public int TakeoverWait { get; init; } = 2 * Lease;
    public bool BoundedRenewals { get; init; } = true;
    public bool ChecksConsentAgain { get; init; } = true;
    public bool FiltersResends { get; init; } = true;
    public bool RevokesById { get; init; } = true;
    public bool RevocationEndsEarlierAnswers { get; init; } = true;
    public bool SuspensionChecksFence { get; init; } = true;

    public static ReleaseRules Of(ReleaseDesign design) => design switch
    {
        ReleaseDesign.NoBarrier => new() { WaitsForUnsent = false },
        ReleaseDesign.TakeoverAcksAtOnce => new() { TakeoverWait = 0 },
        ReleaseDesign.TakeoverWaitsOneLease => new() { TakeoverWait = Lease },
        ReleaseDesign.UnboundedRenewals => new() { BoundedRenewals = false },
        ReleaseDesign.ReleasesWhatItSelected => new() { ChecksConsentAgain = false },
        ReleaseDesign.ResendsUnfiltered => new() { FiltersResends = false },
        ReleaseDesign.RevokesWithoutIds => new() { RevokesById = false },
        ReleaseDesign.ResendTrustsEarlierAnswer => new() { RevocationEndsEarlierAnswers = false },
        ReleaseDesign.StaleAcknowledgesSuspension => new() { SuspensionChecksFence = false },
        _ => new(),
    };
}
