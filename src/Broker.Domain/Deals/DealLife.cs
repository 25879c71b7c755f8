namespace Broker.Domain.Deals;

/// <summary>Where a deal is in its life. The numbers are on the wire.</summary>
public enum DealLife
{
    /// <summary>There is no such deal.</summary>
    None = 0,

    /// <summary>Proposed; awaits approval by another person.</summary>
    Proposed = 1,

    /// <summary>Approved; its term has not begun.</summary>
    Approved = 2,

    /// <summary>Data may be released under it.</summary>
    Active = 3,

    /// <summary>Stopped for a while.</summary>
    Suspended = 4,

    /// <summary>Its term is over.</summary>
    Expired = 5,

    /// <summary>Ended before its term.</summary>
    Terminated = 6,
}
