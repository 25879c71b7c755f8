using System.Collections.Immutable;
using Broker.Domain.Platforms;

namespace Broker.Domain.Releases;

/// <summary>What of a contract's scope a pull asks for. What it leaves out is neither charged nor released, and stays available to a later pull.</summary>
public sealed record PullFilter
{
    /// <summary>All of the scope.</summary>
    public static readonly PullFilter Everything = new();

    /// <summary>The kinds; none for all.</summary>
    public RecordKinds Kinds { get; init; }

    /// <summary>The datasets' ids, each once; empty for all.</summary>
    public ImmutableArray<string> Datasets { get; init; } = [];

    /// <summary>BCP 47 tags in lower case, each once; empty for every language, unknown ones included.</summary>
    public ImmutableArray<string> Languages { get; init; } = [];

    /// <summary>Only records created from this time on, Unix milliseconds; or null.</summary>
    public long? CreatedFromMs { get; init; }

    /// <summary>Only records created before this time, Unix milliseconds; or null.</summary>
    public long? CreatedBeforeMs { get; init; }

    /// <summary>Whether it leaves nothing out.</summary>
    public bool IsEverything => Kinds == RecordKinds.None && Datasets.IsEmpty && !LooksAtRows;

    /// <summary>Whether single rows of an admitted segment may be left out.</summary>
    public bool LooksAtRows => !Languages.IsEmpty || CreatedFromMs is not null || CreatedBeforeMs is not null;

    /// <summary>Whether it may admit any record of a dataset and kind.</summary>
    public bool AdmitsAny(string dataset, RecordKind kind) =>
        (Kinds == RecordKinds.None || Kinds.Contains(kind)) && (Datasets.IsEmpty || Datasets.Contains(dataset));

    /// <summary>Whether it admits the record.</summary>
    /// <param name="dataset">The dataset's id.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="language">The language tag, or empty.</param>
    /// <param name="createdAtMs">Creation, Unix milliseconds.</param>
    public bool Admits(string dataset, RecordKind kind, string language, long createdAtMs) =>
        AdmitsAny(dataset, kind)
        && (Languages.IsEmpty || Languages.Contains(language))
        && (CreatedFromMs is not { } from || createdAtMs >= from)
        && (CreatedBeforeMs is not { } before || createdAtMs < before);

    /// <summary>Whether the other admits every record that this one may admit.</summary>
    public bool IsWithin(PullFilter other) =>
        IsWithin(Kinds, other.Kinds)
        && IsWithin(Datasets, other.Datasets)
        && IsWithin(Languages, other.Languages)
        && (other.CreatedFromMs is not { } from || CreatedFromMs >= from)
        && (other.CreatedBeforeMs is not { } before || CreatedBeforeMs <= before);

    /// <inheritdoc/>
    public bool Equals(PullFilter? other) =>
        other is not null
        && Kinds == other.Kinds
        && Datasets.SequenceEqual(other.Datasets)
        && Languages.SequenceEqual(other.Languages)
        && CreatedFromMs == other.CreatedFromMs
        && CreatedBeforeMs == other.CreatedBeforeMs;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kinds, Datasets.Length, Languages.Length, CreatedFromMs, CreatedBeforeMs);

    /// <summary>As its parts, for people: <c>kinds Post, datasets posts</c>; <c>everything</c> where it leaves nothing out.</summary>
    public override string ToString()
    {
        var parts = new List<string>();
        if (Kinds != RecordKinds.None) parts.Add($"kinds {string.Join(" ", Kinds.Members())}");
        if (!Datasets.IsEmpty) parts.Add($"datasets {string.Join(' ', Datasets)}");
        if (!Languages.IsEmpty) parts.Add($"languages {string.Join(' ', Languages)}");
        if (CreatedFromMs is { } from) parts.Add($"created from {Time(from)}");
        if (CreatedBeforeMs is { } before) parts.Add($"created before {Time(before)}");
        return parts.Count == 0 ? "everything" : string.Join(", ", parts);
    }

    private static string Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("O", System.Globalization.CultureInfo.InvariantCulture);

    private static bool IsWithin(RecordKinds kinds, RecordKinds others) =>
        others == RecordKinds.None || (kinds != RecordKinds.None && (kinds & ~others) == 0);

    private static bool IsWithin(ImmutableArray<string> values, ImmutableArray<string> others) =>
        others.IsEmpty || (!values.IsEmpty && values.All(others.Contains));
}
