using Broker.Grains.Logs;

namespace Broker.Storage.Tests.Logs;

/// <summary>A log whose events are bytes and whose state is their sum.</summary>
internal static class ByteLog
{
    public static LogDefinition<int, byte> Definition { get; } = new()
    {
        Codec = new ByteCodec(),
        Initial = static () => 0,
        Apply = static (sum, logged) => sum + logged.Event,
    };

    private sealed class ByteCodec : ILogCodec<byte>
    {
        public ReadOnlyMemory<byte> Encode(byte logEvent) => new[] { logEvent };

        public byte Decode(ReadOnlyMemory<byte> bytes) => bytes.Span[0];
    }
}
