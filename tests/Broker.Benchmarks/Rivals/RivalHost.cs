using System.Net;
using Broker.Gateway;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Broker.Benchmarks.Rivals;

/// <summary>A server of a rival in this process, with the transport that a gateway has.</summary>
internal sealed class RivalHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RivalHost(WebApplication app, GrpcChannel channel) => (_app, Channel) = (app, channel);

    /// <summary>A channel to it.</summary>
    public GrpcChannel Channel { get; }

    /// <summary>Starts it.</summary>
    /// <param name="register">Registers what its services need.</param>
    /// <param name="map">Maps them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<RivalHost> StartAsync(Action<IServiceCollection> register, Action<WebApplication> map, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(options => options.MaxSendMessageSize = null);
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, TransportBlocks>();
        register(builder.Services);
        var app = builder.Build();
        map(app);
        await app.StartAsync(cancellationToken);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new RivalHost(app, GrpcChannel.ForAddress(address, new GrpcChannelOptions { MaxReceiveMessageSize = null }));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await _app.DisposeAsync();
    }
}
