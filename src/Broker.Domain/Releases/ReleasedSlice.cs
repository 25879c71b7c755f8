using System.Collections.Immutable;
using Broker.Domain.Deals;
using Broker.Domain.Platforms;

namespace Broker.Domain.Releases;

/// <summary>A run of rows released at once: the unit of charge, lineage and sending. Names no row of any file.</summary>
/// <param name="Round">The pull's round in this partition, from 1.</param>
/// <param name="Number">Its number in the round, from 1.</param>
/// <param name="From">Where it starts: after this row.</param>
/// <param name="To">Where it ends: this row included.</param>
/// <param name="IntervalFrom">Only what became available after this position.</param>
/// <param name="IntervalTo">Only what became available up to this position.</param>
/// <param name="Exclusions">Users × kinds in the range whose consent is not in force, or only since after the interval.</param>
/// <param name="ContractVersion">The contract version that it was released under.</param>
/// <param name="ReservationId">The deal's reservation.</param>
/// <param name="Amounts">What it costs.</param>
/// <param name="Digest">SHA-256 over the records' ids, in order (see <see cref="SliceDigest"/>).</param>
public sealed record ReleasedSlice(
    int Round, int Number, PullCursor From, PullCursor To, long IntervalFrom, long IntervalTo, ImmutableArray<Exclusion> Exclusions,
    int ContractVersion, string ReservationId, Amounts Amounts, ImmutableArray<byte> Digest);

/// <summary>Neighbouring users of whom some kinds stay behind.</summary>
/// <param name="Users">The users.</param>
/// <param name="Kinds">The kinds.</param>
public readonly record struct Exclusion(UserRun Users, RecordKinds Kinds);

/// <summary>What became of a slice. The numbers are on disk.</summary>
public enum SliceOutcome
{
    /// <summary>Released; the client has not confirmed it (uncertain).</summary>
    Unconfirmed = 0,

    /// <summary>The client has it.</summary>
    Received = 1,

    /// <summary>Dropped before any write; credited.</summary>
    Dropped = 2,
}
