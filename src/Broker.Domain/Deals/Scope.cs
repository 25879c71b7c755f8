using System.Collections.Immutable;
using Broker.Domain.Consents;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.Domain.Deals;

/// <summary>What a deal licenses.</summary>
public sealed record Scope
{
    /// <summary>The datasets; at least one.</summary>
    public required ImmutableArray<string> Datasets { get; init; }

    /// <summary>The kinds; at least one.</summary>
    public required RecordKinds Kinds { get; init; }

    /// <summary>The purposes; at least one. A user's consent must cover every one.</summary>
    public required Purposes Purposes { get; init; }

    /// <summary>BCP 47 tags in lower case; empty for every language, unknown ones included.</summary>
    public ImmutableArray<string> Languages { get; init; } = [];

    /// <summary>Only records created from this time on, or null.</summary>
    public DateTimeOffset? CreatedFrom { get; init; }

    /// <summary>Only records created before this time, or null.</summary>
    public DateTimeOffset? CreatedBefore { get; init; }

    /// <summary>The fields and their form.</summary>
    public FieldPolicy Fields { get; init; } = FieldPolicy.Everything;

    /// <summary>Whether the partner must credit the authors.</summary>
    public bool AttributionRequired { get; init; }

    /// <summary>Whether the partner may follow fresh records.</summary>
    public bool FollowAllowed { get; init; }

    /// <summary>Whether single rows of an admitted segment may lie outside.</summary>
    public bool LooksAtRows => !Languages.IsEmpty || CreatedFrom is not null || CreatedBefore is not null;

    /// <summary>Whether any record of the kind and dataset may be inside.</summary>
    public bool AdmitsAny(string dataset, RecordKind kind) => Kinds.Contains(kind) && Datasets.Contains(dataset);

    /// <summary>Whether the record is inside.</summary>
    /// <param name="dataset">The dataset's id.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="language">The language tag, or empty.</param>
    /// <param name="createdAtMs">Creation, Unix milliseconds.</param>
    public bool Admits(string dataset, RecordKind kind, string language, long createdAtMs) =>
        AdmitsAny(dataset, kind)
        && (Languages.IsEmpty || Languages.Contains(language))
        && (CreatedFrom is not { } from || createdAtMs >= from.ToUnixTimeMilliseconds())
        && (CreatedBefore is not { } before || createdAtMs < before.ToUnixTimeMilliseconds());

    /// <summary>Whether under the next scope anything leaves no more that leaves under this one, be it a record or a field of one, or
    /// is used for another purpose: what is under way must then be stopped before the next is acknowledged.</summary>
    public bool IsNarrowedBy(Scope next) => LosesRecordsTo(next) || Fields.IsNarrowedBy(next.Fields);

    /// <summary>Whether the next scope leaves out records that this one admits, or uses them for another purpose: they are recalled.</summary>
    /// <remarks>Fields do not count: a recall takes back whole records, and these are still licensed.</remarks>
    public bool LosesRecordsTo(Scope next) =>
        !Datasets.All(next.Datasets.Contains)
        || (Kinds & ~next.Kinds) != 0
        || Purposes != next.Purposes
        || (!next.Languages.IsEmpty && (Languages.IsEmpty || !Languages.All(next.Languages.Contains)))
        || (next.CreatedFrom is { } from && (CreatedFrom is null || CreatedFrom < from))
        || (next.CreatedBefore is { } before && (CreatedBefore is null || CreatedBefore > before));
}
