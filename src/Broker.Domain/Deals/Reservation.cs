namespace Broker.Domain.Deals;

/// <summary>A reservation and what became of it.</summary>
public sealed class Reservation(Reserved reserved, DateTimeOffset reservedAt)
{
    /// <summary>What was set aside.</summary>
    public Reserved Reserved { get; } = reserved;

    /// <summary>When, by the log's clock.</summary>
    public DateTimeOffset ReservedAt { get; } = reservedAt;

    /// <summary>What was charged, or null while it is pending or when it was voided.</summary>
    public Amounts? Actual { get; internal set; }

    /// <summary>Whether it was voided.</summary>
    public bool IsVoid { get; internal set; }

    /// <summary>What went back after it was charged.</summary>
    public Amounts Credited { get; internal set; }

    /// <summary>Whether it is neither posted nor voided.</summary>
    public bool IsPending => Actual is null && !IsVoid;
}
