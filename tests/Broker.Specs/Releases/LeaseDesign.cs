namespace Broker.Specs.Releases;

/// <summary>The ways of counting a lease and an authority that the model compares.</summary>
public enum LeaseDesign
{
    /// <summary>The gateway counts its lease from when the answer came, not from before it asked.</summary>
    GatewayCountsFromTheAnswer,

    /// <summary>An activation counts its authority from when it learnt that its append was accepted, not from the append's start.</summary>
    AuthorityCountsFromTheAnswer,

    /// <summary>A new activation waits one tick less than two leases.</summary>
    WaitsOneTickLess,

    /// <summary>Both count from the start, and a new activation waits two leases.</summary>
    Full,
}
