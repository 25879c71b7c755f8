namespace Broker.Client;

/// <summary>Where the broker is, who calls, and how patiently.</summary>
public sealed record BrokerConnectionOptions
{
    /// <summary>The gateway: <c>https://host:port</c>; <c>http</c> on loopback, or where <see cref="IsCleartextAllowed"/>.</summary>
    public required Uri Address { get; init; }

    /// <summary>Further gateways of the same cluster, for when the first cannot be reached: a call, and a pull that broke, goes on at whichever
    /// answers. Of the same scheme as <see cref="Address"/>. Default none: where something balances before the gateways, its address will do.</summary>
    public IReadOnlyList<Uri> Alternatives { get; init; } = [];

    /// <summary>Gives the token of a call; asked before each try, so that it may be renewed. Null: calls go without one.</summary>
    public Func<CancellationToken, ValueTask<string>>? Token { get; init; }

    /// <summary>Roots and a certificate of one's own, for https. Null: the machine's roots, and no certificate.</summary>
    public BrokerTls? Tls { get; init; }

    /// <summary>Whether tokens and records may travel unencrypted to another machine. Default false.</summary>
    public bool IsCleartextAllowed { get; init; }

    /// <summary>How calls are repeated.</summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>How long one try of a call may take; its outcome is unknown then. Streams have no such bound.</summary>
    /// <value>1 s to 1 hour. Default 1 minute: a withdrawal waits for leases of seconds.</value>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Largest message from the broker. Bytes, 4 MiB to 1 GiB. Default 8 MiB: a batch is at most 4 MiB, and its frame.</summary>
    public int MessageBytesMax { get; init; } = 8 * 1024 * 1024;

    /// <summary>Whether pulls come packed (zstd): fewer bytes on the net for more of the processor, on both sides. Default false.</summary>
    public bool IsCompressed { get; init; }

    /// <summary>Clock of waits and deadlines.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Spreads retries.</summary>
    public Random Random { get; init; } = Random.Shared;

    /// <summary>Makes request ids.</summary>
    public Func<Guid> NewId { get; init; } = Guid.CreateVersion7;

    /// <summary>Changes the HTTP handler before it is used: proxies. Null leaves it as it is.</summary>
    public Action<SocketsHttpHandler>? Configure { get; init; }

    /// <summary>Throws where a value is out of its range.</summary>
    internal void Check()
    {
        CheckAddress(Address, nameof(Address));
        foreach (var alternative in Alternatives)
        {
            CheckAddress(alternative, nameof(Alternatives));
            if (alternative.Scheme != Address.Scheme) throw new ArgumentException($"{alternative} and {Address} are not of the same scheme.", nameof(Alternatives));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(CallTimeout, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CallTimeout, TimeSpan.FromHours(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(MessageBytesMax, 4 * 1024 * 1024);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MessageBytesMax, 1024 * 1024 * 1024);
        Retry.Check();
    }

    private void CheckAddress(Uri address, string name)
    {
        if (!address.IsAbsoluteUri || address.Scheme is not ("https" or "http"))
            throw new ArgumentException($"{address} is no address of a broker. Give https://host:port, or http://localhost:port.", name);
        if (address.Scheme == "http" && Tls is not null) throw new ArgumentException($"{address} is in the clear: roots and certificates are for https.", name);
        if (address.Scheme == "http" && !address.IsLoopback && !IsCleartextAllowed)
            throw new ArgumentException($"{address} would send tokens and records unencrypted to another machine. Use https.", name);
    }
}
