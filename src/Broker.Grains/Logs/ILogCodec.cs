namespace Broker.Grains.Logs;

/// <summary>Turns a log's events into bytes and back.</summary>
/// <typeparam name="TEvent">The log's event type.</typeparam>
public interface ILogCodec<TEvent>
{
    /// <summary>The event's bytes, at most <see cref="LogLimits.EntryBytesMax"/> less a kilobyte for the envelope.</summary>
    ReadOnlyMemory<byte> Encode(TEvent logEvent);

    /// <summary>The event that <see cref="Encode"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are not an event of this log.</exception>
    TEvent Decode(ReadOnlyMemory<byte> bytes);
}
