using System.Runtime.CompilerServices;
using Broker.Protos.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace Broker.Client;

/// <summary>A connection to a broker. Safe for many callers at once; make one and keep it.</summary>
/// <remarks>Call the services through <see cref="CallAsync"/> and <see cref="StreamAsync"/>: they send the token, repeat what may be
/// repeated, and throw <see cref="BrokerException"/> and nothing else of gRPC's.</remarks>
public sealed class BrokerConnection : IDisposable
{
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);

    private readonly BrokerConnectionOptions _options;
    private readonly GrpcChannel _channel;

    /// <summary>Prepares a connection; nothing is sent yet.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public BrokerConnection(BrokerConnectionOptions options)
    {
        options.Check();
        _options = options;
        Retry = new RetryPolicy(options.Retry, options.Time, options.Random);
        _channel = GrpcChannel.ForAddress(options.Address, new GrpcChannelOptions
        {
            HttpHandler = HandlerOf(options),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = options.MessageBytesMax,
            MaxSendMessageSize = null, // each session bounds its own; the gateway says what it takes
        });
        Platforms = new(_channel);
        Partners = new(_channel);
        Datasets = new(_channel);
        Consents = new(_channel);
        Deals = new(_channel);
        Pulls = new(_channel);
        Recalls = new(_channel);
        Reports = new(_channel);
        Audit = new(_channel);
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
        using var call = method(request, await CallOptionsAsync(cancellationToken));
        while (await GuardAsync(() => call.ResponseStream.MoveNext(cancellationToken), cancellationToken)) yield return call.ResponseStream.Current;
    }

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();

    /// <summary>The options of one try of a call, with its token.</summary>
    internal async Task<CallOptions> CallOptionsAsync(CancellationToken cancellationToken)
    {
        if (_options.Token is not { } token) return new CallOptions(cancellationToken: cancellationToken);
        return new CallOptions(new Metadata { { "authorization", $"Bearer {await token(cancellationToken)}" } }, cancellationToken: cancellationToken);
    }

    /// <summary>Awaits a step of a call, and says its failure in our words.</summary>
    /// <exception cref="BrokerException">It failed.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    internal static async Task<T> GuardAsync<T>(Func<Task<T>> step, CancellationToken cancellationToken)
    {
        try
        {
            return await step();
        }
        catch (RpcException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw BrokerException.Of(error);
        }
    }

    private async Task<TResponse> CallOnceAsync<TRequest, TResponse>(
        Func<TRequest, CallOptions, AsyncUnaryCall<TResponse>> method, TRequest request, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.CallTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var call = method(request, await CallOptionsAsync(either.Token));
            return await GuardAsync(() => call.ResponseAsync, either.Token);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BrokerException(StatusCode.DeadlineExceeded, BrokerException.NoAnswer, $"No answer within {_options.CallTimeout}.", error);
        }
    }

    private static SocketsHttpHandler HandlerOf(BrokerConnectionOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            // A peer that vanished without a word is noticed within half a minute.
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        options.Configure?.Invoke(handler);
        return handler;
    }
}
