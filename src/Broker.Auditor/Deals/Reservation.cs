namespace Broker.Auditor.Deals;

/// <summary>One reservation of a deal and what became of it.</summary>
internal sealed class Reservation
{
    public required string Id { get; init; }

    public required long Position { get; init; }

    public required int ContractVersion { get; init; }

    /// <summary>The most that may be released under it.</summary>
    public required Sum Allowance { get; init; }

    /// <summary>From then on nothing may be released under it, 100-nanosecond units since 1970.</summary>
    public required long ValidUntilTicks { get; init; }

    /// <summary>The day and the month that it counts in, as the entry names them.</summary>
    public required string Day { get; init; }

    /// <inheritdoc cref="Day"/>
    public required string Month { get; init; }

    public IEnumerable<string> Periods => [Day, Month, PeriodKey(Period.Term)];

    public bool IsVoided { get; set; }

    /// <summary>What was posted; null before.</summary>
    public Sum? Posted { get; set; }

    public long PostedPosition { get; set; }

    /// <summary>What went back of it, in all.</summary>
    public Sum Credited { get; set; }

    public bool IsOpen => !IsVoided && Posted is null;

    /// <summary>What it takes of the limits now.</summary>
    public Sum Counted => IsVoided ? default : (Posted ?? Allowance) - Credited;

    public string PeriodKey(Period period) => period switch
    {
        Period.Day => Day,
        Period.Month => Month,
        _ => "the term",
    };
}
