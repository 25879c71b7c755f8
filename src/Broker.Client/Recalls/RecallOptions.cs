namespace Broker.Client.Recalls;

/// <summary>How recalls are answered once their records are deleted. The default answers DELETED where that is known to be so.</summary>
public sealed record RecallOptions
{
    /// <summary>A registered training run: recalls of which it consumed something are answered RETAINED_IN_MODEL. Null: none.</summary>
    public string? TrainingRun { get; init; }

    /// <summary>A legal hold's reference, 1 to 500 characters: every open recall is answered LEGAL_HOLD, and its records stay. Null: none.</summary>
    public string? LegalHoldReference { get; init; }

    /// <summary>Legal holds have ended: the whole feed is read again, and what was answered LEGAL_HOLD is deleted and answered anew.</summary>
    public bool IsHoldReleased { get; init; }

    /// <summary>Nothing of the deal lies elsewhere: what is not here never arrived, or was deleted. Without it a recall that covers
    /// slices which are not here stays open, for nobody may answer DELETED of copies that were not looked for.</summary>
    public bool IsOnlyCopy { get; init; }

    /// <summary>Throws where options contradict each other.</summary>
    internal void Check()
    {
        if (LegalHoldReference is { Length: 0 or > 500 }) throw new ArgumentException("The reference of a legal hold has 1 to 500 characters.", nameof(LegalHoldReference));
        if (LegalHoldReference is not null && (TrainingRun is not null || IsHoldReleased))
            throw new ArgumentException("A legal hold goes with neither a training run nor the release of holds.", nameof(LegalHoldReference));
    }
}
