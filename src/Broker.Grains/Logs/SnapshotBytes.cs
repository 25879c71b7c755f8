using Google.Protobuf;

namespace Broker.Grains.Logs;

/// <summary>Snapshots read strictly: a doubtful one is not worth a guess, since the log holds all of it.</summary>
internal static class SnapshotBytes
{
    /// <summary>The state in the bytes.</summary>
    /// <param name="parser">Of the snapshot's message.</param>
    /// <param name="bytes">The snapshot.</param>
    /// <param name="check">Whether version and position are the wanted ones; throws where not.</param>
    /// <param name="restore">Makes the state.</param>
    /// <exception cref="InvalidDataException">They are not what was encoded.</exception>
    public static TState Decode<TMessage, TState>(
        MessageParser<TMessage> parser, ReadOnlyMemory<byte> bytes, Action<TMessage> check, Func<TMessage, TState> restore)
        where TMessage : IMessage<TMessage>
    {
        try
        {
            var message = parser.WithDiscardUnknownFields(true).ParseFrom(bytes.Span);
            check(message);
            // Fields of tomorrow, at whatever depth, were dropped as it was read: what is left is shorter.
            if (message.CalculateSize() != bytes.Length) throw new InvalidDataException("The snapshot holds more than is known of its version.");
            return restore(message);
        }
        catch (Exception failure) when (failure is InvalidProtocolBufferException or ArgumentException or InvalidOperationException
            or KeyNotFoundException or ArithmeticException)
        {
            // The rules that fold entries found this one contradicting itself.
            throw new InvalidDataException("The snapshot cannot be read.", failure);
        }
    }

    /// <summary>Writes a repeated field item by item: as one message the items of a large state would be a second state of small objects, all alive until
    /// the last is written.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="field">The field's number in its message.</param>
    /// <param name="items">The items.</param>
    /// <param name="encode">An item's message.</param>
    public static void WriteEach<T>(CodedOutputStream output, int field, IEnumerable<T> items, Func<T, IMessage> encode)
    {
        foreach (var item in items)
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteMessage(encode(item));
        }
    }

    /// <exception cref="InvalidDataException">Version or position is another.</exception>
    public static void Check(uint version, uint wantedVersion, long position, long wantedPosition)
    {
        if (version != wantedVersion) throw new InvalidDataException($"The snapshot is of version {version}; {wantedVersion} is read here.");
        if (position != wantedPosition) throw new InvalidDataException($"The snapshot's state is of position {position} instead of {wantedPosition}.");
    }
}
