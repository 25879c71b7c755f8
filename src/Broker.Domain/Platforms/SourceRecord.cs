namespace Broker.Domain.Platforms;

/// <summary>One record as a platform hands it in: public, owned by somebody, dated.</summary>
public sealed record SourceRecord
{
    /// <summary>The platform's id of the record, unique in its dataset: 1 to 256 UTF-8 bytes. Never dropped nor pseudonymised: a recall names it.</summary>
    public required string Id { get; init; }

    /// <summary>The platform's id of the user who owns it: 1 to 256 UTF-8 bytes.</summary>
    public required string UserId { get; init; }

    /// <summary>What it is.</summary>
    public required RecordKind Kind { get; init; }

    /// <summary>When it was created at the platform, UTC, millisecond precision.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>BCP 47 tag in lower case, or empty when the platform does not say.</summary>
    public string Language { get; init; } = "";

    /// <summary>The title, or empty.</summary>
    public string Title { get; init; } = "";

    /// <summary>The text; empty for likes and bookmarks.</summary>
    public string Text { get; init; } = "";

    /// <summary>The id of the record that this one is about (parent post, liked or bookmarked post), or empty.</summary>
    public string TargetId { get; init; } = "";

    /// <summary>The licence under which its author published it (SPDX id or the platform's words), or empty.</summary>
    public string Licence { get; init; } = "";

    /// <summary>How to credit the author (display name, profile link), or empty.</summary>
    public string Attribution { get; init; } = "";
}
