using System.Collections.Immutable;
using Broker.Domain.Deals;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;

namespace Broker.Domain.Lineage;

/// <summary>A <see cref="DealLineage"/> at one position, frozen; its recalls stand in the partition's.</summary>
/// <param name="Deal">The deal's id.</param>
/// <param name="Partner">The partner's id.</param>
/// <param name="Contracts">The contract's versions as the partition learned them.</param>
/// <param name="Rounds">Every round, oldest first.</param>
/// <param name="TrainingRuns">Every training run.</param>
/// <param name="CreditsSettledUpTo">Up to which position credits are known to stand in the deal's log.</param>
public sealed record LineageSnapshot(
    string Deal,
    string Partner,
    ImmutableArray<(long Position, int Version, ContractTerms Terms)> Contracts,
    ImmutableArray<RoundSnapshot> Rounds,
    ImmutableArray<TrainingRun> TrainingRuns,
    long CreditsSettledUpTo);

/// <summary>A <see cref="PullRound"/>, frozen.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="IntervalFrom">It covers what became available after this position.</param>
/// <param name="IntervalTo">It covers what became available up to this position.</param>
/// <param name="IsFinished">Whether it is finished.</param>
/// <param name="Cursor">How far the walk has come.</param>
/// <param name="Reopened">Ranges of dropped slices that are still to be walked again.</param>
/// <param name="Slices">Every slice; number n is at index n − 1.</param>
/// <param name="Filter">What it asks for; null for all of the scope.</param>
public sealed record RoundSnapshot(
    int Number,
    long IntervalFrom,
    long IntervalTo,
    bool IsFinished,
    PullCursor Cursor,
    ImmutableArray<(PullCursor From, PullCursor To)> Reopened,
    ImmutableArray<SliceSnapshot> Slices,
    PullFilter? Filter);

/// <summary>A <see cref="DeliveredSlice"/>, frozen.</summary>
/// <param name="Released">What was released.</param>
/// <param name="Position">The position of its release.</param>
/// <param name="ReleasedAt">When it was released.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Resends">How many times it was sent again.</param>
/// <param name="SentPosition">The position of the last send.</param>
/// <param name="Current">What the last send carried.</param>
/// <param name="CurrentDigest">The digest of the last send.</param>
/// <param name="SettledPosition">The position of the last entry that credited something of it; 0 for none.</param>
public readonly record struct SliceSnapshot(
    ReleasedSlice Released,
    long Position,
    DateTimeOffset ReleasedAt,
    SliceOutcome Outcome,
    int Resends,
    long SentPosition,
    Amounts Current,
    ImmutableArray<byte> CurrentDigest,
    long SettledPosition);

/// <summary>An <see cref="IssuedRecall"/>, frozen.</summary>
/// <param name="Recall">The recall.</param>
/// <param name="Position">Its position.</param>
/// <param name="IssuedAt">When it was issued.</param>
/// <param name="Answer">The latest answer, or null.</param>
/// <param name="AnsweredAt">When that came, or null.</param>
/// <param name="RetainedInModels">The training runs that any answer named, oldest first.</param>
public readonly record struct RecallSnapshot(
    Recall Recall, long Position, DateTimeOffset IssuedAt, RecallAnswer? Answer, DateTimeOffset? AnsweredAt, ImmutableArray<string> RetainedInModels);
