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
        var heard = new DecisionsHeard(purpose, kind, partner);
        foreach (var decision in decisions) heard.Hear(decision);
        return heard.Says;
    }
}

/// <summary>A user's decisions about a purpose, a kind and a partner, one after another as they came in.</summary>
internal struct DecisionsHeard(Purpose purpose, RecordKind kind, string partner)
{
    private ConsentDecision? _general;
    private ConsentDecision? _exception;

    /// <summary>What they say; null when none speaks.</summary>
    public readonly bool? Says
    {
        get
        {
            if (_exception is null) return _general is null ? null : _general.Choice == ConsentChoice.Grant;
            return _exception.Choice == ConsentChoice.Grant && !Ends(_general, _exception);
        }
    }

    /// <summary>One more.</summary>
    public void Hear(ConsentDecision decision)
    {
        if (!decision.SpeaksOf(purpose, kind, partner)) return;
        if (decision.Partner is null) _general = Later(_general, decision);
        else _exception = Later(_exception, decision);
    }

    private static bool Ends(ConsentDecision? general, ConsentDecision grant) =>
        general is { Choice: ConsentChoice.Withdraw } && general.MadeAt >= grant.MadeAt;

    private static ConsentDecision Later(ConsentDecision? known, ConsentDecision next)
    {
        if (known is null || next.MadeAt > known.MadeAt) return next;
        return next.MadeAt == known.MadeAt && next.Choice == ConsentChoice.Withdraw ? next : known;
    }
}
