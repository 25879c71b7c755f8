namespace Broker.Domain.Restores;

/// <summary>A log is not, or may not be, what was acknowledged once: it comes from a backup, or its store failed over.</summary>
/// <param name="Kind">What shows it.</param>
/// <param name="Expected">The high-water mark, which was durable once.</param>
/// <param name="Found">Where the log ends.</param>
public sealed record RestoreGap(RestoreGapKind Kind, LogPlace Expected, LogPlace Found);

/// <summary>What shows that a log has been restored.</summary>
public enum RestoreGapKind
{
    /// <summary>The log ends before its mark.</summary>
    Behind = 1,

    /// <summary>At the mark's position the log holds another entry.</summary>
    OtherHistory,

    /// <summary>The mark was left in another incarnation of the store: what followed it there may be lost.</summary>
    OtherStore,

    /// <summary>The mark cannot be read, so nobody can tell; no reconciliation settles that.</summary>
    MarkUnreadable,
}
