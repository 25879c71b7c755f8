using Broker.Gateway.Audit;
using Broker.Gateway.Consents;
using Broker.Gateway.Datasets;
using Broker.Gateway.Deals;
using Broker.Gateway.Errors;
using Broker.Gateway.Identity;
using Broker.Gateway.Partners;
using Broker.Gateway.Platforms;
using Broker.Gateway.Pulls;
using Broker.Gateway.Recalls;
using Broker.Gateway.Reports;
using Broker.Grains.Keys;
using Grpc.AspNetCore.Server;
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
        services.TryAddSingleton<PlatformDirectory>();
        services.TryAddSingleton<ITenantResolver, DealTenantResolver>();
        services.TryAddSingleton<DealProposals>();
        services.TryAddSingleton<DealLists>();
        services.TryAddSingleton<UsageReader>();
        services.TryAddSingleton<DealPseudonyms>();
        services.TryAddSingleton<RecordRenderer>();
        services.TryAddSingleton<PullMeter>();
        services.AddOptions<PullOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<PullOptions>, PullOptionsValidator>();
        services.AddHostedService<PolicyCheck>();
        services.AddGrpc();
        services.AddGrpcReflection();
        services.AddGrpcHealthChecks().AddCheck<AcceptingCalls>("gateway");
        services.AddOptions<GrpcServiceOptions>().Configure<IOptions<GatewayOptions>>(Configure);
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<GatewayOptions>>(Configure);
        return services;
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
        app.MapGrpcService<RecallApi>();
        app.MapGrpcService<ReportApi>();
        app.MapGrpcService<AuditApi>();
        app.MapGrpcHealthChecksService();
        if (app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value.IsReflectionEnabled) app.MapGrpcReflectionService();
        return app;
    }

    private static void Configure(GrpcServiceOptions grpc, IOptions<GatewayOptions> options)
    {
        grpc.MaxReceiveMessageSize = options.Value.ReceiveMessageBytesMax;
        grpc.MaxSendMessageSize = options.Value.SendMessageBytesMax;
        grpc.EnableDetailedErrors = false;
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
