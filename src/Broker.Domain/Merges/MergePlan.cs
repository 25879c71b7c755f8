using System.Collections.Immutable;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;

namespace Broker.Domain.Merges;

/// <summary>Segments to merge and what is gone of them, as it stood when this was decided: what comes after is carried over when they are swapped.</summary>
/// <param name="Dataset">Their dataset.</param>
/// <param name="Kind">Their kind.</param>
/// <param name="IsRemnants">Whether they hold remnants.</param>
/// <param name="Reason">Why they are merged.</param>
/// <param name="AsOf">The position at which this was decided.</param>
/// <param name="Inputs">The segments, oldest first.</param>
/// <param name="Erased">Users of whom no record stays.</param>
/// <param name="Nameless">Users of whom no id stays either: their keys are destroyed.</param>
public sealed record MergePlan(
    string Dataset,
    RecordKind Kind,
    bool IsRemnants,
    MergeReason Reason,
    long AsOf,
    ImmutableArray<MergeInput> Inputs,
    ImmutableHashSet<int> Erased,
    ImmutableHashSet<int> Nameless)
{
    /// <summary>Which tokenizers counted every input: they count the output too, as the merge copies their numbers.</summary>
    public IEnumerable<string> Tokenizers => IsRemnants ? [] : Inputs[0].Tokens.Select(tokens => tokens.Tokenizer);

    /// <summary>Bytes of the inputs' files.</summary>
    public long Bytes => Inputs.Sum(input => input.Info.Bytes);

    /// <summary>Rows of the inputs.</summary>
    public long Rows => Inputs.Sum(input => (long)input.Info.Rows);

    /// <summary>Whether nothing but a remnant stays of a row.</summary>
    public bool IsGone(MergeInput input, int row, int user) => IsRemnants || input.Removed.ContainsKey(row) || Erased.Contains(user);
}

/// <summary>One segment to merge.</summary>
/// <param name="Info">The segment.</param>
/// <param name="FirstAdded">The least position at which one of its rows was added.</param>
/// <param name="LastAdded">The greatest.</param>
/// <param name="Removed">Its removed rows; empty for remnants, which tell theirs themselves.</param>
public sealed record MergeInput(SegmentInfo Info, long FirstAdded, long LastAdded, ImmutableDictionary<int, Remnant> Removed)
{
    /// <summary>The counts of its tokens that can be read; each input of a merge has those of the same tokenizers.</summary>
    public ImmutableArray<SegmentTokens> Tokens { get; init; } = [];

    /// <summary>The position at which a row's record was added.</summary>
    public long AddedAt(SegmentRows rows, int row) => FirstAdded == LastAdded ? FirstAdded : rows.AddedAt(row);

    /// <summary>What stays of a row that is gone.</summary>
    public Remnant RemnantOf(SegmentRows rows, int row, bool isRemnants)
    {
        if (isRemnants) return rows.RemnantAt(row);
        return Removed.TryGetValue(row, out var remnant)
            ? remnant
            : new Remnant(long.MaxValue, IsDeleted: false, new Recalls.RecordRef(Info.Id, row, AddedAt(rows, row)));
    }

    internal static MergeInput Of(PartitionSegment segment) => new(
        segment.Info, segment.FirstAdded, segment.LastAdded, segment.Removed.Keys.ToImmutableDictionary(row => row, segment.RemnantOf))
    {
        Tokens = segment.ReadableTokens,
    };
}

/// <summary>Why segments are merged.</summary>
public enum MergeReason
{
    /// <summary>There are many small ones.</summary>
    Small,

    /// <summary>Something that is gone must not lie in them any longer.</summary>
    Overdue,
}
