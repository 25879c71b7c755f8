using Broker.Domain.Platforms;

namespace Broker.Domain.Consents;

/// <summary>Which of a user's decisions counts.</summary>
/// <remarks>
/// A partner exception beats the general decision; within each, the one made later beats the earlier, and at a tie the
/// withdrawal wins. One more rule keeps withdrawing as easy as granting (GDPR Art. 7(3)): a general withdrawal ends the
/// partner grants that were made no later than it.
/// </remarks>
public static class ConsentRules
{
    /// <summary>What the user's decisions say; null when none speaks, and the platform's default counts.</summary>
    public static bool? Says(IEnumerable<ConsentDecision> decisions, Purpose purpose, RecordKind kind, string partner)
    {
        ConsentDecision? general = null, exception = null;
        foreach (var decision in decisions)
        {
            if (!decision.SpeaksOf(purpose, kind, partner)) continue;
            if (decision.Partner is null) general = Later(general, decision);
            else exception = Later(exception, decision);
        }

        if (exception is null) return general is null ? null : general.Choice == ConsentChoice.Grant;
        return exception.Choice == ConsentChoice.Grant && !Ends(general, exception);
    }

    private static bool Ends(ConsentDecision? general, ConsentDecision grant) =>
        general is { Choice: ConsentChoice.Withdraw } && general.MadeAt >= grant.MadeAt;

    private static ConsentDecision Later(ConsentDecision? known, ConsentDecision next)
    {
        if (known is null || next.MadeAt > known.MadeAt) return next;
        return next.MadeAt == known.MadeAt && next.Choice == ConsentChoice.Withdraw ? next : known;
    }
}
