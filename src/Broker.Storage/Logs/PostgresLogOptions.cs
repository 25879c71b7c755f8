namespace Broker.Storage.Logs;

/// <summary>How appends travel to PostgreSQL.</summary>
public sealed record PostgresLogOptions
{
    /// <summary>Statements under way at once, 1 to 64; each takes one connection. What queues meanwhile goes together.</summary>
    public int StatementsMax { get; init; } = 4;

    /// <summary>Logs in one statement, 1 to 1,000. A take-over of one of them waits until all of them are committed.</summary>
    public int StatementLogsMax { get; init; } = 64;

    /// <summary>Bytes in one statement, from 1 KiB. One append is never split.</summary>
    public long StatementBytesMax { get; init; } = 4L << 20;

    /// <summary>Throws where an option is out of its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the option.</exception>
    public void Validate()
    {
        InRange(StatementsMax, 1, 64, nameof(StatementsMax));
        InRange(StatementLogsMax, 1, 1_000, nameof(StatementLogsMax));
        InRange(StatementBytesMax, 1024, 1L << 30, nameof(StatementBytesMax));
    }

    private static void InRange(long value, long min, long max, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, min, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, max, name);
    }
}
