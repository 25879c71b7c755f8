using Broker.Domain.Platforms;

namespace Broker.Domain.Consents;

/// <summary>A user's decision for purposes × kinds, for everybody or for one partner.</summary>
/// <param name="MadeAt">When it was made at its source, UTC; a settings file counts as of its snapshot.</param>
/// <param name="Purposes">The purposes it speaks of.</param>
/// <param name="Kinds">The kinds it speaks of.</param>
/// <param name="Partner">The partner it speaks of, or null for all.</param>
/// <param name="Choice">Granted or withdrawn.</param>
/// <param name="Source">Where it comes from.</param>
public sealed record ConsentDecision(
    DateTimeOffset MadeAt,
    Purposes Purposes,
    RecordKinds Kinds,
    string? Partner,
    ConsentChoice Choice,
    ConsentSource Source)
{
    /// <summary>Whether it speaks of this purpose, kind and partner.</summary>
    public bool SpeaksOf(Purpose purpose, RecordKind kind, string partner) =>
        Purposes.Contains(purpose) && Kinds.Contains(kind) && (Partner is null || Partner == partner);
}

/// <summary>What the user decided. The numbers are on disk and on the wire.</summary>
public enum ConsentChoice
{
    /// <summary>Not a choice; refused.</summary>
    Unspecified = 0,

    /// <summary>The data may be used.</summary>
    Grant = 1,

    /// <summary>The data may not be used (withdrawal or objection; no reason is asked).</summary>
    Withdraw = 2,
}

/// <summary>Where a decision comes from. The numbers are on disk and on the wire.</summary>
public enum ConsentSource
{
    /// <summary>Not a source; refused.</summary>
    Unspecified = 0,

    /// <summary>The user's own call.</summary>
    User = 1,

    /// <summary>The platform's settings, imported in bulk.</summary>
    SettingsImport = 2,

    /// <summary>A Global Privacy Control signal.</summary>
    GlobalPrivacyControl = 3,

    /// <summary>A deletion on the platform.</summary>
    Deletion = 4,
}
