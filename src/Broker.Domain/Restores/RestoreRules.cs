namespace Broker.Domain.Restores;

/// <summary>What a restored log may do. Pure.</summary>
/// <remarks>A log that has forgotten a withdrawal must not release, and one that has forgotten a charge must not reserve; to take a
/// withdrawal, a consent or an answer does no harm. So a held log takes everything but reservations, releases, resends and leases.</remarks>
public static class RestoreRules
{
    /// <summary>Compares a log, as it was just taken over, with its high-water mark.</summary>
    /// <param name="mark">The mark, or null where none was ever left: a new log.</param>
    /// <param name="reconciled">The gap that an operator's last reconciliation, which stands in the log, has settled; or null.</param>
    /// <param name="end">Where the log ends.</param>
    /// <param name="hashAtMark">The hash at the mark's position, or null where the log has no such entry.</param>
    /// <returns>What is amiss, or null.</returns>
    public static RestoreGap? Compare(LogPlace? mark, RestoreGap? reconciled, LogPlace end, string? hashAtMark)
    {
        if (mark is null || IsSettled(mark, reconciled, end)) return null;
        if (mark.Position > end.Position) return new(RestoreGapKind.Behind, mark, end);
        if (mark.Hash != hashAtMark) return new(RestoreGapKind.OtherHistory, mark, end);
        return mark.Store == end.Store ? null : new(RestoreGapKind.OtherStore, mark, end);
    }

    /// <summary>Why a held log does not reserve, release, send again or lease.</summary>
    public static Refusal Refuse(string log, RestoreGap gap) => new(
        RefusalReason.RestoreUnreconciled, $"{log} {Reason(gap)}; it reserves and releases nothing until an operator has run `broker cluster reconcile`.");

    /// <summary>Why a log does not, whose mark cannot be read yet.</summary>
    public static Refusal RefuseUnread(string log) => new(
        RefusalReason.RestoreUnreconciled, $"The high-water mark of {log} cannot be read, so it is not known whether it was restored; it reserves and releases nothing until the object store answers.");

    /// <summary>The log was reconciled, and the mark only not reset yet; unless its store was restored once more since.</summary>
    private static bool IsSettled(LogPlace mark, RestoreGap? reconciled, LogPlace end) =>
        reconciled is not null && reconciled.Expected == mark && reconciled.Found.Store == end.Store;

    private static string Reason(RestoreGap gap) => gap.Kind switch
    {
        RestoreGapKind.Behind => $"ends at {gap.Found.Position}, and {gap.Expected.Position} was acknowledged once: it comes from a backup",
        RestoreGapKind.OtherHistory => $"holds another entry at {gap.Expected.Position} than was acknowledged once: it comes from a backup",
        _ => "lies in a store that was restored or failed over",
    };
}
