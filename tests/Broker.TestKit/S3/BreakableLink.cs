using System.Net;
using System.Net.Sockets;

namespace Broker.TestKit.S3;

/// <summary>A link to a server that a test may cut in the middle of what goes over it, or silence.</summary>
public sealed class BreakableLink : IAsyncDisposable
{
    private const int BufferBytes = 1 << 14;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Uri _target;
    private readonly CancellationTokenSource _closed = new();
    private readonly Lock _gate = new();
    private readonly Task _accepting;
    private Fault? _fault;
    private long _carried; // since the fault was set, or struck last

    /// <summary>A link to a server.</summary>
    public BreakableLink(Uri target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The link's own address.</summary>
    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>How often it was cut, or went silent, since the last fault was set.</summary>
    public int Faults { get; private set; }

    /// <summary>From now on: cuts a connection whenever so many more bytes went in one direction over any; a number of times.</summary>
    public void Cut(LinkDirection direction, long everyBytes, int times) => Set(new Fault(direction, everyBytes, times, IsSilent: false));

    /// <summary>From now on: once so many bytes went in one direction, cuts each connection that carries more.</summary>
    public void Break(LinkDirection direction, long afterBytes) => Set(new Fault(direction, afterBytes, null, IsSilent: false));

    /// <summary>From now on: once so many bytes went in one direction, carries nothing more in it; connections stay open.</summary>
    public void Silence(LinkDirection direction, long afterBytes) => Set(new Fault(direction, afterBytes, null, IsSilent: true));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        _listener.Stop();
        await _accepting;
        _closed.Dispose();
    }

    private void Set(Fault fault)
    {
        lock (_gate) (_fault, Faults, _carried) = (fault, 0, 0);
    }

    private async Task AcceptAsync()
    {
        var links = new List<Task>();
        try
        {
            while (true) links.Add(CarryAsync(await _listener.AcceptTcpClientAsync(_closed.Token)));
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(links);
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(_target.Host, _target.Port, _closed.Token);
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(_closed.Token);
                var both = new[] { CarryAsync(client, server, LinkDirection.Requests, ended.Token), CarryAsync(server, client, LinkDirection.Answers, ended.Token) };
                await Task.WhenAny(both);
                await ended.CancelAsync(); // Either side's end is the link's.
                await Task.WhenAll(both);
            }
            catch (Exception end) when (end is SocketException or OperationCanceledException)
            {
                client.Client.LingerState = new LingerOption(true, 0); // the server is gone: reset
            }
        }
    }

    private async Task CarryAsync(TcpClient from, TcpClient to, LinkDirection direction, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            int read;
            while ((read = await from.GetStream().ReadAsync(buffer, cancellationToken)) > 0)
            {
                var (fault, allowed) = Allowed(direction, read);
                await to.GetStream().WriteAsync(buffer.AsMemory(0, allowed), cancellationToken);
                if (allowed == read) continue;
                if (!fault!.IsSilent) return;
                var held = new TaskCompletionSource();
                await using (cancellationToken.Register(held.SetResult)) await held.Task;
                return;
            }
        }
        catch (Exception end) when (end is IOException or OperationCanceledException or InvalidOperationException)
        {
            return; // One side is gone; the other is closed with it.
        }
    }

    /// <summary>How many of the bytes just read may go on; fewer than all where the fault strikes.</summary>
    private (Fault? Fault, int Bytes) Allowed(LinkDirection direction, int read)
    {
        lock (_gate)
        {
            if (_fault is not { } fault || fault.Direction != direction || Faults >= fault.Times) return (null, read);
            var left = Math.Max(0, fault.Bytes - _carried);
            _carried += read;
            if (_carried <= fault.Bytes) return (fault, read);
            Faults++;
            if (fault.Times is not null) _carried = 0;
            return (fault, (int)Math.Min(left, read - 1));
        }
    }

    private sealed record Fault(LinkDirection Direction, long Bytes, int? Times, bool IsSilent);
}

/// <summary>A direction of a link.</summary>
public enum LinkDirection
{
    /// <summary>To the server.</summary>
    Requests,

    /// <summary>From it.</summary>
    Answers,
}
