using Broker.Grains.Logs;

namespace Broker.Storage.Logs;

/// <summary>Where a reader of one log stands, and the proof that each entry chains to the one before it. Shared by the stores.</summary>
internal sealed class ChainReading(LogName log, long fromPosition)
{
    private ReadOnlyMemory<byte> _previous;

    /// <summary>The position to read next.</summary>
    public long NextPosition { get; private set; } = fromPosition;

    /// <summary>Takes the hash of the entry before the first one to read.</summary>
    public void Begin(ReadOnlyMemory<byte> previousHash) => _previous = previousHash;

    /// <summary>The entry, verified to be the next one.</summary>
    /// <exception cref="LogCorruptException">It is not the next one, or is not what was written.</exception>
    public LogEntry Take(long position, long fence, long decidedAtMicros, byte[] payload, byte[] hash)
    {
        if (position != NextPosition) throw Missing(NextPosition);
        var entry = new LogEntry(position, fence, TimeOf(decidedAtMicros), payload, hash);
        if (!LogChain.HashOf(_previous.Span, position, fence, entry.DecidedAt, payload).AsSpan().SequenceEqual(hash))
            throw new LogCorruptException(log, position, "its hash does not follow from the entry before it and its content");
        _previous = hash;
        NextPosition++;
        return entry;
    }

    public LogCorruptException Missing(long position) => new(log, position, "the entry is missing");

    private DateTimeOffset TimeOf(long microseconds)
    {
        try
        {
            return LogChain.FromUnixMicroseconds(microseconds);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new LogCorruptException(log, NextPosition, "its time is out of range");
        }
    }
}
