using System.Net;
using System.Net.Sockets;

namespace Broker.TestKit.Postgres;

/// <summary>A TCP way to a server that a test can cut at a statement: before the server gets it, or after it has answered.</summary>
public sealed class CuttableProxy : IAsyncDisposable
{
    private readonly int _target;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private int _cut; // A Cut.

    /// <summary>Listens at once.</summary>
    /// <param name="target">The server's port on 127.0.0.1.</param>
    public CuttableProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    private enum Cut
    {
        None,
        BeforeStatement,
        AfterAnswer,
    }

    /// <summary>Where to connect to, on 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The next statement's connection breaks.</summary>
    /// <param name="tookEffect">Whether the server gets the statement and answers it; the answer is lost.</param>
    public void CutNext(bool tookEffect) => Interlocked.Exchange(ref _cut, (int)(tookEffect ? Cut.AfterAnswer : Cut.BeforeStatement));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var carrying = new List<Task>();
        try
        {
            while (true) carrying.Add(CarryAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(carrying);
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        using (var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token))
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, ended.Token);
                (client.NoDelay, server.NoDelay) = (true, true);
                var cut = new StrongBox();
                await await Task.WhenAny(
                    PassAsync(client.GetStream(), server.GetStream(), () => Outgoing(cut), ended.Token),
                    PassAsync(server.GetStream(), client.GetStream(), () => cut.Value, ended.Token));
            }
            catch (Exception end) when (end is IOException or SocketException or OperationCanceledException)
            {
                // One side went away, or was cut: the other one's socket closes with this.
            }

            await ended.CancelAsync();
        }
    }

    /// <summary>Whether what the client just sent is where to cut.</summary>
    private bool Outgoing(StrongBox cut)
    {
        var due = (Cut)Interlocked.Exchange(ref _cut, (int)Cut.None);
        if (due == Cut.AfterAnswer) cut.Value = true;
        return due == Cut.BeforeStatement;
    }

    private static async Task PassAsync(NetworkStream from, NetworkStream to, Func<bool> isCut, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 << 10];
        while (await from.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (isCut()) return;
            await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
    }

    private sealed class StrongBox
    {
        public volatile bool Value;
    }
}
