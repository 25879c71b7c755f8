using System.Runtime.CompilerServices;
using Broker.Protos.Compression;
using Broker.Protos.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace Broker.Client;

/// <summary>A connection to a broker. Safe for many callers at once; make one and keep it.</summary>
/// <remarks>Call the services through <see cref="CallAsync"/> and <see cref="StreamAsync"/>: they send the token, repeat what may be
/// repeated, and throw <see cref="BrokerException"/> and nothing else of gRPC's.</remarks>
public sealed class BrokerConnection : IDisposable
{
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(5);

    private readonly BrokerConnectionOptions _options;
    private readonly Gateways _gateways;

    /// <summary>Prepares a connection; nothing is sent yet.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public BrokerConnection(BrokerConnectionOptions options)
    {
        options.Check();
        _options = options;
        Retry = new RetryPolicy(options.Retry, options.Time, options.Random);
        _gateways = new Gateways([.. options.Alternatives.Prepend(options.Address).Select(address => ChannelOf(options, address))]);
        Platforms = new(_gateways);
        Partners = new(_gateways);
        Datasets = new(_gateways);
        Consents = new(_gateways);
        Deals = new(_gateways);
        Pulls = new(_gateways);
        Recalls = new(_gateways);
        Reports = new(_gateways);
        Audit = new(_gateways);
        Clusters = new(_gateways);
    }

    /// <summary>Platforms, policies, datasets.</summary>
    public PlatformService.PlatformServiceClient Platforms { get; }

    /// <summary>Partners and their training runs.</summary>
    public PartnerService.PartnerServiceClient Partners { get; }

    /// <summary>Ingest; ImportSession drives it.</summary>
    public DatasetService.DatasetServiceClient Datasets { get; }

    /// <summary>Users' decisions.</summary>
    public ConsentService.ConsentServiceClient Consents { get; }

    /// <summary>Contracts and their usage.</summary>
    public DealService.DealServiceClient Deals { get; }

    /// <summary>Reading a deal's scope; <see cref="Pulls.PullSession"/> drives it.</summary>
    public PullService.PullServiceClient Pulls { get; }

    /// <summary>What must be deleted; RecallSession drives it.</summary>
    public RecallService.RecallServiceClient Recalls { get; }

    /// <summary>What users may know.</summary>
    public ReportService.ReportServiceClient Reports { get; }

    /// <summary>The logs, for auditors.</summary>
    public AuditService.AuditServiceClient Audit { get; }

    /// <summary>Silos and where logs stand.</summary>
    public ClusterService.ClusterServiceClient Clusters { get; }

    /// <summary>Clock of waits and deadlines.</summary>
    internal TimeProvider Time => _options.Time;

    /// <summary>How calls are repeated.</summary>
    internal RetryPolicy Retry { get; }

    /// <summary>A new request id.</summary>
    public string NewId() => _options.NewId().ToString("D");

    /// <summary>Calls a method, and again while it fails for a passing reason: always with this very request, so its request id
    /// stays the same and it happens once.</summary>
    /// <param name="method">A method of one of the services: <c>connection.Deals.GetDealAsync</c>.</param>
    /// <param name="request">The request; not to be changed while the call runs.</param>
    /// <param name="cancellationToken">Ends the call and the waiting.</param>
    /// <exception cref="BrokerException">It failed for good, or too often.</exception>
    public Task<TResponse> CallAsync<TRequest, TResponse>(
        Func<TRequest, CallOptions, AsyncUnaryCall<TResponse>> method, TRequest request, CancellationToken cancellationToken = default) =>
        Retry.RunAsync(() => CallOnceAsync(method, request, cancellationToken), error => error.IsTransient, cancellationToken);

    /// <summary>Reads a stream to its end. It is not repeated: only who reads it knows how to go on.</summary>
    /// <param name="method">A method of one of the services: <c>connection.Deals.WatchUsage</c>.</param>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="BrokerException">While enumerating: it failed.</exception>
    public async IAsyncEnumerable<TResponse> StreamAsync<TRequest, TResponse>(
        Func<TRequest, CallOptions, AsyncServerStreamingCall<TResponse>> method, TRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var options = await CallOptionsAsync(cancellationToken);
        var gateway = Gateway;
        using var call = method(request, options);
        while (await GuardAsync(gateway, () => call.ResponseStream.MoveNext(cancellationToken), cancellationToken)) yield return call.ResponseStream.Current;
    }

    /// <inheritdoc/>
    public void Dispose() => _gateways.Dispose();

    /// <summary>The options of one try of a call, with its token.</summary>
    internal async Task<CallOptions> CallOptionsAsync(CancellationToken cancellationToken)
    {
        if (_options.Token is not { } token) return new CallOptions(cancellationToken: cancellationToken);
        return new CallOptions(new Metadata { { "authorization", $"Bearer {await token(cancellationToken)}" } }, cancellationToken: cancellationToken);
    }

    /// <summary>The gateway that a call which is begun now goes to.</summary>
    internal int Gateway => _gateways.Current;

    /// <summary>Awaits a step of a call, and says its failure in our words. Where the gateway itself failed, the next call goes to another.</summary>
    /// <param name="gateway">The one that the call went to.</param>
    /// <param name="step">The step.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="BrokerException">It failed.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    internal async Task<T> GuardAsync<T>(int gateway, Func<Task<T>> step, CancellationToken cancellationToken)
    {
        try
        {
            return await step();
        }
        catch (RpcException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var said = BrokerException.Of(error);
            if (said.IsOfGateway) _gateways.Leave(gateway);
            throw said;
        }
    }

    private async Task<TResponse> CallOnceAsync<TRequest, TResponse>(
        Func<TRequest, CallOptions, AsyncUnaryCall<TResponse>> method, TRequest request, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.CallTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var gateway = Gateway;
        try
        {
            var options = await CallOptionsAsync(either.Token);
            gateway = Gateway;
            using var call = method(request, options);
            return await GuardAsync(gateway, () => call.ResponseAsync, either.Token);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            _gateways.Leave(gateway);
            throw new BrokerException(StatusCode.DeadlineExceeded, BrokerException.NoAnswer, $"No answer within {_options.CallTimeout}.", error);
        }
    }

    private static GrpcChannel ChannelOf(BrokerConnectionOptions options, Uri address) => GrpcChannel.ForAddress(address, new GrpcChannelOptions
    {
        HttpHandler = HandlerOf(options),
        DisposeHttpClient = true,
        MaxReceiveMessageSize = options.MessageBytesMax,
        CompressionProviders = options.IsCompressed
            ? [MessageCompression.Gzip(options.MessageBytesMax), MessageCompression.Zstandard(options.MessageBytesMax)]
            : [MessageCompression.Gzip(options.MessageBytesMax)],
        MaxSendMessageSize = null, // each session bounds its own; the gateway says what it takes
    });

    private static SocketsHttpHandler HandlerOf(BrokerConnectionOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            // A gateway that vanished or stands still without a word is noticed within ten seconds.
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        options.Tls?.Apply(handler.SslOptions);
        options.Configure?.Invoke(handler);
        return handler;
    }
}
