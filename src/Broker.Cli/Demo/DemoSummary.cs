namespace Broker.Cli.Demo;

/// <summary>What happened in a demo, for scripts.</summary>
internal sealed record DemoSummary
{
    /// <summary>The node's address.</summary>
    public required string Address { get; init; }

    /// <summary>Platforms: what their exports held, and what their users decided.</summary>
    public required IReadOnlyList<PlatformSummary> Platforms { get; init; }

    /// <summary>Deals: what was pulled, what it cost, which consent carried it.</summary>
    public required IReadOnlyList<DealSummary> Deals { get; init; }

    /// <summary>The withdrawal in mid-pull.</summary>
    public required WithdrawalSummary Withdrawal { get; init; }

    /// <summary>The audit.</summary>
    public required AuditSummary Audit { get; init; }

    /// <summary>How long it took, seconds.</summary>
    public required double Seconds { get; init; }
}

/// <summary>A platform.</summary>
internal sealed record PlatformSummary(string Platform, string PolicyRefused, int PolicyVersion, long Read, long Accepted, long Refused, int Users, int Objected, int Granted, int InExcludedRegions);

/// <summary>A deal.</summary>
internal sealed record DealSummary(
    string Deal, string Partner, string Report, string State, string Awaits, long Records, long Bytes, long ChargedMicros, string Currency,
    long QuotaUsed, long QuotaMax, long CarriedByPolicyDefault, long CarriedByGrant);

/// <summary>A withdrawal while a pull runs.</summary>
internal sealed record WithdrawalSummary(
    string User, string PullingDeal, long RecordsOfUser, long ReceivedBefore, long ReceivedAfter, double AcknowledgedMilliseconds, IReadOnlyList<RecallSummary> Recalls, long ReceivedByNextPull);

/// <summary>A recall and its answer.</summary>
internal sealed record RecallSummary(string Recall, string Partner, int Records, string Answer, string TrainingRun);

/// <summary>The audit.</summary>
internal sealed record AuditSummary(bool Ok, long Violations, long Logs, long Entries, long ReleasedRecords, long RecallsIssued, long RecallsAnswered);
