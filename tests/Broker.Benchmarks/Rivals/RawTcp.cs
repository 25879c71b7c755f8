using System.Net;
using System.Net.Sockets;

namespace Broker.Benchmarks.Rivals;

/// <summary>The least that there is: bytes over loopback TCP, received and dropped; one connection a part.</summary>
/// <param name="parts">Each connection's bytes, in pieces.</param>
internal sealed class RawTcp(IReadOnlyList<IReadOnlyList<byte[]>> parts)
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Sends all; done when all of it was received.</summary>
    /// <returns>Bytes received.</returns>
    public async Task<long> RunAsync(CancellationToken cancellationToken) =>
        (await Task.WhenAll(parts.Select(part => Task.Run(() => RunAsync(part, cancellationToken), cancellationToken)))).Sum();

    private static async Task<long> RunAsync(IReadOnlyList<byte[]> part, CancellationToken cancellationToken)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(listener.LocalEndpoint, cancellationToken);
        using var server = await listener.AcceptSocketAsync(cancellationToken);
        server.NoDelay = true;
        var sending = Task.Run(
            async () =>
            {
                foreach (var piece in part)
                    for (ReadOnlyMemory<byte> left = piece; !left.IsEmpty;)
                        left = left[await server.SendAsync(left, cancellationToken)..];
                server.Shutdown(SocketShutdown.Send);
            },
            cancellationToken);
        var (buffer, received) = (new byte[BufferBytes], 0L);
        while (await client.ReceiveAsync(buffer, cancellationToken) is var count and > 0) received += count;
        await sending;
        return received;
    }
}
