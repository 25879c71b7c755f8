using System.Net;
using System.Net.Sockets;

namespace Broker.Faults.Rig;

/// <summary>A TCP proxy before a gateway that counts the bytes of answers, and does something when a given number has passed: in the middle
/// of whatever frame that byte belongs to.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private Func<Uri?> _target;
    private long _left = long.MaxValue;
    private Action? _reached;

    /// <summary>Listens; connections go to whatever the target is then.</summary>
    public CuttingProxy(Func<Uri?> target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Arms it: after so many bytes of answers the action is taken, once, and that byte's connection is cut there.</summary>
    public void After(long bytes, Action reached)
    {
        _reached = reached;
        Interlocked.Exchange(ref _left, bytes);
    }

    /// <summary>Disarms it.</summary>
    public void Never() => Interlocked.Exchange(ref _left, long.MaxValue);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The proxy was disposed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient { NoDelay = true })
        {
            try
            {
                client.NoDelay = true;
                if (_target() is not { } target) return;
                await server.ConnectAsync(target.Host, target.Port, _stop.Token);
                await Task.WhenAny(
                    client.GetStream().CopyToAsync(server.GetStream(), _stop.Token),
                    AnswerAsync(server.GetStream(), client.GetStream()));
            }
            catch (Exception broken) when (broken is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // Either side went: so does the other.
            }
        }
    }

    private async Task AnswerAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer, _stop.Token) is > 0 and var read)
        {
            var after = Interlocked.Add(ref _left, -read);
            if (after <= 0 && after + read > 0)
            {
                await to.WriteAsync(buffer.AsMemory(0, (int)(after + read)), _stop.Token);
                _reached?.Invoke();
                return;
            }

            await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }
}
