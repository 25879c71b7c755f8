using System.Buffers.Binary;
using System.Collections.Immutable;
using Broker.Grains.Logs;

namespace Broker.Grains.Tests.Logs;

/// <summary>The event of the logs under test; the state is all values so far, in order.</summary>
/// <param name="Value">What is remembered.</param>
/// <param name="Padding">How many bytes more the event takes.</param>
internal readonly record struct Note(long Value, int Padding = 0)
{
    public static LogDefinition<ImmutableList<long>, Note> Log { get; } = new()
    {
        Codec = new NoteCodec(),
        Initial = static () => [],
        Apply = static (values, logged) =>
        {
            Assert.Equal(values.Count + 1, logged.Position);
            return values.Add(logged.Event.Value);
        },
        SnapshotCodec = new ValuesCodec(),
    };

    private sealed class NoteCodec : ILogCodec<Note>
    {
        public ReadOnlyMemory<byte> Encode(Note logEvent)
        {
            var bytes = new byte[sizeof(long) + logEvent.Padding];
            BinaryPrimitives.WriteInt64BigEndian(bytes, logEvent.Value);
            return bytes;
        }

        public Note Decode(ReadOnlyMemory<byte> bytes) => new(BinaryPrimitives.ReadInt64BigEndian(bytes.Span), bytes.Length - sizeof(long));
    }

    private sealed class ValuesCodec : ISnapshotCodec<ImmutableList<long>>
    {
        public Func<ReadOnlyMemory<byte>> Freeze(ImmutableList<long> state) => () => state.SelectMany(BitConverter.GetBytes).ToArray();

        public ImmutableList<long> Decode(ReadOnlyMemory<byte> bytes, long position) =>
            [.. bytes.ToArray().Chunk(sizeof(long)).Select(value => BitConverter.ToInt64(value))];
    }
}
