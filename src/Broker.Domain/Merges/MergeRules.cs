using System.Collections.Immutable;
using Broker.Domain.Partitions;
using Broker.Domain.Releases;

namespace Broker.Domain.Merges;

/// <summary>Which segments are merged, and how they take the place of others.</summary>
/// <remarks>
/// Size-tiered, as in log-structured stores: segments of one dataset and kind whose sizes are within a factor of each other are merged once
/// there are <see cref="MergeLimits.FanIn"/> of them, so that a row is written again about log(fan-in) of the size times and a user's rows lie
/// in few places. Something gone does not wait for that: a segment in which it has lain for <see cref="MergeLimits.RewriteAfter"/> is rewritten,
/// alone if need be.
/// </remarks>
public static class MergeRules
{
    /// <summary>Most segments of one merge: so many files are open.</summary>
    public const int InputsMax = 64;

    /// <summary>Segments up to this many bytes are all small.</summary>
    public const long SmallBytes = 1 << 20;

    /// <summary>What to merge next; null where nothing is due.</summary>
    /// <param name="state">The partition; its segments are open.</param>
    /// <param name="watch">Since when something gone lies where.</param>
    /// <param name="now">The log's clock.</param>
    /// <param name="limits">When and how far.</param>
    /// <param name="except">Segments to leave alone: a merge of them failed a while ago.</param>
    public static MergePlan? Next(PartitionState state, GoneWatch watch, DateTimeOffset now, MergeLimits limits, IReadOnlySet<string> except)
    {
        var segments = state.Segments.Where(segment => !except.Contains(segment.Info.Id)).ToList();
        return Overdue(state, segments, watch, now, limits) ?? Small(state, segments, limits);
    }

    /// <summary>Puts a merge's outputs in the place of its inputs.</summary>
    /// <param name="state">The partition.</param>
    /// <param name="plan">The merge.</param>
    /// <param name="outputs">What it made, open: at most one segment of records and one of remnants.</param>
    /// <exception cref="InvalidOperationException">The outputs do not hold what the inputs held: nothing must rest on them.</exception>
    public static Decision<PartitionEvent> Swap(PartitionState state, MergePlan plan, IReadOnlyList<MergeOutput> outputs)
    {
        var inputs = plan.Inputs.Select(input => state.FindSegment(input.Info.Id)).ToList();
        if (inputs.Contains(null)) return Decision<PartitionEvent>.Refuse(RefusalReason.ManifestChanged, "A segment was merged by somebody else meanwhile.");
        if (inputs.Zip(plan.Inputs).Any(input => input.First!.ReadableTokens.Length != input.Second.Tokens.Length))
            return Decision<PartitionEvent>.Refuse(RefusalReason.ManifestChanged, "A segment's tokens were counted meanwhile.");
        if (outputs.Sum(output => (long)output.Rows.Count) != plan.Rows || outputs.Any(output => output.Rows.Count != output.Merged.Segment.Rows))
            throw new InvalidOperationException($"A merge of {plan.Rows} rows made {outputs.Sum(output => (long)output.Rows.Count)}.");
        if (outputs.Any(output => !output.Merged.IsRemnants && !output.Merged.Tokens.Select(tokens => tokens.Tokenizer).SequenceEqual(plan.Tokenizers)))
            throw new InvalidOperationException("A merge lost counts of tokens.");

        var records = outputs.SingleOrDefault(output => !output.Merged.IsRemnants);
        var carried = from input in inputs
                      from removal in input.Removed
                      where removal.Value > plan.AsOf
                      orderby removal.Value
                      select Carry(records, input, removal.Key);
        return Decision<PartitionEvent>.Of(new SegmentsMerged(
            [.. plan.Inputs.Select(input => input.Info.Id)], [.. outputs.Select(output => output.Merged)], plan.AsOf, [.. carried]));
    }

    /// <summary>Segments whose files may go: they were merged away so long ago that nobody sends from them any more.</summary>
    public static IReadOnlyList<RetiredSegment> Deletable(PartitionState state, DateTimeOffset now, TimeSpan retiredFor) =>
        [.. state.Retired.Where(retired => now - retired.At >= retiredFor)];

    private static MergePlan? Overdue(PartitionState state, List<PartitionSegment> segments, GoneWatch watch, DateTimeOffset now, MergeLimits limits)
    {
        var overdue = from segment in segments
                      let since = watch.Since(state, segment)
                      where since <= now - limits.RewriteAfter
                      orderby since
                      select segment;
        return overdue.ToList() is [var first, ..] due
            ? PlanOf(state, MergeReason.Overdue, [first, .. Fitting(due.Skip(1).Where(segment => ClassOf(segment) == ClassOf(first)), limits, first)])
            : null;
    }

    private static MergePlan? Small(PartitionState state, List<PartitionSegment> segments, MergeLimits limits)
    {
        var tiers = from segment in segments
                    group segment by (Class: ClassOf(segment), Tier: TierOf(segment.Info.Bytes, limits.FanIn)) into tier
                    where tier.Count() >= limits.FanIn
                    orderby tier.Key.Tier
                    select Fitting(tier.OrderBy(segment => segment.Info.Bytes), limits);
        return tiers.FirstOrDefault(fitting => fitting.Count > 1) is { } few ? PlanOf(state, MergeReason.Small, few) : null;
    }

    /// <summary>As many of the segments, in their order, as may be merged together, beside one that is.</summary>
    private static List<PartitionSegment> Fitting(IEnumerable<PartitionSegment> segments, MergeLimits limits, PartitionSegment? beside = null)
    {
        var fitting = new List<PartitionSegment>();
        var (bytes, rows, room) = (beside?.Info.Bytes ?? 0L, beside?.Info.Rows ?? 0L, beside is null ? InputsMax : InputsMax - 1);
        foreach (var segment in segments)
        {
            (bytes, rows) = (bytes + segment.Info.Bytes, rows + segment.Info.Rows);
            if (fitting.Count == room || bytes > limits.BytesMax || rows > limits.RowsMax) break;
            fitting.Add(segment);
        }

        return fitting;
    }

    private static MergePlan PlanOf(PartitionState state, MergeReason reason, IReadOnlyCollection<PartitionSegment> segments)
    {
        var first = segments.First();
        var inOrder = state.Segments.Where(segments.Contains);
        return new MergePlan(
            first.Info.Dataset, first.Info.Kind, first.IsRemnants, reason, state.Position,
            [.. inOrder.Select(MergeInput.Of)], [.. state.Erased.Keys], [.. state.KeysDestroyed]);
    }

    /// <summary>Only like is merged with like. What is counted stays counted, so that an open round goes on with it; but counts that cannot be read keep nothing
    /// from being erased in its time: they are left behind, and made anew.</summary>
    private static (string Dataset, Platforms.RecordKind Kind, bool IsRemnants, string Tokenizers) ClassOf(PartitionSegment segment) =>
        (segment.Info.Dataset, segment.Info.Kind, segment.IsRemnants, string.Join(' ', segment.ReadableTokens.Select(tokens => tokens.Tokenizer).Order(StringComparer.Ordinal)));

    /// <summary>0 up to <see cref="SmallBytes"/>, then one more with each multiplication by the fan-in.</summary>
    private static int TierOf(long bytes, int fanIn)
    {
        var tier = 0;
        for (var most = SmallBytes; bytes > most; most *= fanIn) tier++;
        return tier;
    }

    private static CarriedRemoval Carry(MergeOutput? records, PartitionSegment input, int row)
    {
        var (user, key, added, id) = (input.Rows.UserAt(row), input.Rows.KeyAt(row), input.AddedAt(row), input.Rows.IdAt(row));
        var to = records?.Rows.FirstRowOf(user, key) ?? 0;
        for (; records is not null && to < records.Rows.Count && records.Rows.UserAt(to) == user && records.Rows.KeyAt(to) == key; to++)
            if (records.AddedAt(to) == added && records.Rows.IdAt(to) == id)
                return new CarriedRemoval(input.Info.Id, row, added, to);
        throw new InvalidOperationException($"Row {row} of segment {input.Info.Id} was removed during a merge that lost it.");
    }
}

/// <summary>What a merge made, open.</summary>
/// <param name="Merged">What the log will say of it.</param>
/// <param name="Rows">Its rows.</param>
public sealed record MergeOutput(MergedSegment Merged, SegmentRows Rows)
{
    internal long AddedAt(int row) => Merged.FirstAdded == Merged.LastAdded ? Merged.FirstAdded : Rows.AddedAt(row);
}
