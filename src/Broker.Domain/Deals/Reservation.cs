namespace Broker.Domain.Deals;

/// <summary>A reservation and what became of it. Immutable: a snapshot of the ledger holds the same ones.</summary>
/// <param name="Reserved">What was set aside.</param>
/// <param name="ReservedAt">When, by the log's clock.</param>
public sealed record Reservation(Reserved Reserved, DateTimeOffset ReservedAt)
{
    /// <summary>What was charged, or null while it is pending or when it was voided.</summary>
    public Amounts? Actual { get; init; }

    /// <summary>Whether it was voided.</summary>
    public bool IsVoid { get; init; }

    /// <summary>What went back after it was charged.</summary>
    public Amounts Credited { get; init; }

    /// <summary>Whether it is neither posted nor voided.</summary>
    public bool IsPending => Actual is null && !IsVoid;
}
