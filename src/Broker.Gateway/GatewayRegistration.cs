using Broker.Gateway.Audit;
using Broker.Gateway.Clusters;
using Broker.Gateway.Consents;
using Broker.Gateway.Datasets;
using Broker.Gateway.Deals;
using Broker.Gateway.Errors;
using Broker.Gateway.Flights;
using Broker.Gateway.Identity;
using Broker.Gateway.Partners;
using Broker.Gateway.Platforms;
using Broker.Gateway.Pulls;
using Broker.Gateway.Recalls;
using Broker.Gateway.Reports;
using Broker.Grains.Keys;
using Broker.Grains.Logs;
using Broker.Protos.Compression;
using Broker.Storage.Keys;
using Grpc.AspNetCore.Server;
using Grpc.AspNetCore.Server.Model;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Broker.Gateway;

/// <summary>Puts the gateway into a node.</summary>
public static class GatewayRegistration
{
    /// <summary>Registers the gateway's services, interceptors, health and limits.</summary>
    /// <remarks>The host registers besides: an <see cref="ITokenValidator"/> (<see cref="EmbeddedIdentity"/>), Orleans'
    /// <c>IGrainFactory</c>, the stores of logs, keys and segments, and <see cref="TimeProvider"/>.</remarks>
    public static IServiceCollection AddBrokerGateway(this IServiceCollection services)
    {
        services.AddOptions<GatewayOptions>().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        services.TryAddSingleton<Draining>();
        services.TryAddSingleton<PlatformDirectory>();
        services.TryAddSingleton<ITenantResolver, DealTenantResolver>();
        services.TryAddSingleton<DealProposals>();
        services.TryAddSingleton<DealLists>();
        services.TryAddSingleton<UsageReader>();
        services.TryAddSingleton<IEntropy, SystemEntropy>();
        services.TryAddSingleton<DealPseudonyms>();
        services.TryAddSingleton<SliceOpener>();
        services.TryAddSingleton<PullMeter>();
        services.TryAddSingleton<SliceConfirmations>();
        services.TryAddSingleton<PullRuns>();
        services.TryAddSingleton<FlightTickets>();
        services.TryAddSingleton<FlightInfos>();
        services.TryAddSingleton<FollowLimit>();
        services.TryAddSingleton(static provider => new MarkReader(provider.GetService<ILogMarks>(), provider.GetRequiredService<ILogger<MarkReader>>()));
        services.AddOptions<PullOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<PullOptions>, PullOptionsValidator>();
        services.AddHostedService<PolicyCheck>();
        services.AddGrpc().AddServiceOptions<PullApi>(static pulls => pulls.ResponseCompressionAlgorithm = MessageCompression.Zstd); // for clients that take it
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceMethodProvider<PullApi>, PullMethods>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceMethodProvider<FlightApi>, FlightMethods>());
        services.AddGrpcReflection();
        services.AddBrokerHealth();
        services.AddOptions<GrpcServiceOptions>().Configure<IOptions<GatewayOptions>>(Configure);
        services.AddSingleton<IMemoryPoolFactory<byte>, TransportBlocks>();
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<GatewayOptions>>(Configure);
        return services;
    }

    /// <summary>Registers health alone: serving from the host's start until it begins to stop. For a node that serves nothing else.</summary>
    public static IServiceCollection AddBrokerHealth(this IServiceCollection services)
    {
        services.AddGrpc();
        services.AddGrpcHealthChecks().AddCheck<AcceptingCalls>("gateway");
        return services;
    }

    /// <summary>Maps health alone.</summary>
    public static WebApplication MapBrokerHealth(this WebApplication app)
    {
        app.MapGrpcHealthChecksService();
        return app;
    }

    /// <summary>Maps every service; reflection where the options say so.</summary>
    public static WebApplication MapBroker(this WebApplication app)
    {
        app.MapGrpcService<PlatformApi>();
        app.MapGrpcService<PartnerApi>();
        app.MapGrpcService<DealApi>();
        app.MapGrpcService<ConsentApi>();
        app.MapGrpcService<DatasetApi>();
        app.MapGrpcService<PullApi>();
        app.MapGrpcService<FlightApi>();
        app.MapGrpcService<RecallApi>();
        app.MapGrpcService<ReportApi>();
        app.MapGrpcService<AuditApi>();
        app.MapGrpcService<ClusterApi>();
        app.MapBrokerHealth();
        if (app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value.IsReflectionEnabled) app.MapGrpcReflectionService();
        return app;
    }

    private static void Configure(GrpcServiceOptions grpc, IOptions<GatewayOptions> options)
    {
        grpc.MaxReceiveMessageSize = options.Value.ReceiveMessageBytesMax;
        grpc.MaxSendMessageSize = options.Value.SendMessageBytesMax;
        grpc.EnableDetailedErrors = false;
        // In the place of the library's own, which unpack without a bound.
        grpc.CompressionProviders.Clear();
        grpc.CompressionProviders.Add(MessageCompression.Gzip(options.Value.ReceiveMessageBytesMax));
        grpc.CompressionProviders.Add(MessageCompression.Zstandard(options.Value.ReceiveMessageBytesMax));
        grpc.Interceptors.Add<ErrorInterceptor>();
        grpc.Interceptors.Add<AuthorizationInterceptor>();
    }

    private static void Configure(KestrelServerOptions kestrel, IOptions<GatewayOptions> options)
    {
        var limits = options.Value;
        // A write that has finished has left the process's buffers: what a revoked lease finds unsent can still be held back.
        kestrel.Limits.MaxResponseBufferSize = 0;
        // A stream of imports may be long; each message is bounded instead.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MaxConcurrentConnections = limits.ConnectionsMax;
        kestrel.Limits.MaxRequestHeadersTotalSize = limits.RequestHeadersBytesMax;
        kestrel.Limits.Http2.MaxStreamsPerConnection = limits.StreamsPerConnectionMax;
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(limits.KeepAlivePingDelaySeconds);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(limits.KeepAlivePingTimeoutSeconds);
    }
}
