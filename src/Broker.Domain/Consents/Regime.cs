namespace Broker.Domain.Consents;

/// <summary>What holds for a user who has decided nothing. The numbers are on disk and on the wire.</summary>
public enum Regime
{
    /// <summary>Not a regime; refused wherever one is asked for.</summary>
    Unspecified = 0,

    /// <summary>Nothing is released without the user's own grant.</summary>
    OptIn = 1,

    /// <summary>Released once the user's notice has run and no objection came.</summary>
    OptOut = 2,

    /// <summary>Nothing is released, not even under a grant.</summary>
    Excluded = 3,
}
