using System.Collections.Immutable;

namespace Broker.Auditor;

/// <summary>What an audit found.</summary>
/// <param name="Violations">Broken promises, in the order in which they were found; at most <see cref="ViolationsMax"/> are kept.</param>
/// <param name="ViolationCount">How many there were in all.</param>
/// <param name="OneSided">The checks that could only be made from one side, each with its reason, as sentences.</param>
/// <param name="Pending">What was under way between the readings.</param>
/// <param name="Totals">What was read.</param>
public sealed record AuditVerdict(
    ImmutableArray<Violation> Violations, long ViolationCount, ImmutableArray<string> OneSided, AuditPending Pending, AuditTotals Totals)
{
    /// <summary>Violations that are kept with their sentences.</summary>
    public const int ViolationsMax = 1_000;

    /// <summary>Whether every promise holds.</summary>
    public bool Ok => ViolationCount == 0;
}

/// <summary>A broken promise.</summary>
/// <param name="Promise">Which.</param>
/// <param name="Log">The log.</param>
/// <param name="Position">The entry's position in it; 0 where no single entry is at fault.</param>
/// <param name="Sentence">What is wrong, for a person.</param>
public sealed record Violation(Promise Promise, string Log, long Position, string Sentence);

/// <summary>What the auditor proves. The numbers are part of its output.</summary>
public enum Promise
{
    /// <summary>Nothing of a user leaves while that user's consent is not in force.</summary>
    Consent = 1,

    /// <summary>A pull's rounds and slices follow each other without overlap.</summary>
    Intervals = 2,

    /// <summary>What is charged is what left, once, within every limit.</summary>
    Charges = 3,

    /// <summary>What consent does not carry any more is recalled, and nothing else.</summary>
    Recalls = 4,

    /// <summary>A log is whole: its hash chain holds, and neither its clock nor its fence runs backwards.</summary>
    Chain = 5,

    /// <summary>Entries follow from the ones before them.</summary>
    Order = 6,
}

/// <summary>What was under way while a running cluster was read; none of it is wrong.</summary>
public sealed record AuditPending
{
    /// <summary>Reservations that are neither posted nor voided, and under which nothing was seen released.</summary>
    public long Reservations { get; init; }

    /// <summary>Slices that are released and not posted yet.</summary>
    public long Posts { get; init; }

    /// <summary>Slices whose credit is not booked yet.</summary>
    public long Credits { get; init; }

    /// <summary>Slices that were released after the partitions were read.</summary>
    public long Releases { get; init; }
}

/// <summary>What was read.</summary>
public sealed record AuditTotals
{
    /// <summary>Logs.</summary>
    public long Logs { get; init; }

    /// <summary>Entries; the deals' second reading aside.</summary>
    public long Entries { get; init; }

    /// <summary>Users.</summary>
    public long Users { get; init; }

    /// <summary>Users whose newest decision is a withdrawal.</summary>
    public long UsersWithdrawn { get; init; }

    /// <summary>Slices released.</summary>
    public long Slices { get; init; }

    /// <summary>Records released, dropped slices included.</summary>
    public long ReleasedRecords { get; init; }

    /// <summary>Bytes released.</summary>
    public long ReleasedBytes { get; init; }

    /// <summary>What the released slices cost, micro-units by currency.</summary>
    public ImmutableSortedDictionary<string, long> ReleasedMoneyMicros { get; init; } = ImmutableSortedDictionary<string, long>.Empty;

    /// <summary>Reservations posted.</summary>
    public long Posted { get; init; }

    /// <summary>Records posted.</summary>
    public long PostedRecords { get; init; }

    /// <summary>Records credited.</summary>
    public long CreditedRecords { get; init; }

    /// <summary>Recalls issued.</summary>
    public long RecallsIssued { get; init; }

    /// <summary>Recalls answered.</summary>
    public long RecallsAnswered { get; init; }

    /// <summary>Recalls whose deadline has passed without an answer.</summary>
    public long RecallsOverdue { get; init; }
}
