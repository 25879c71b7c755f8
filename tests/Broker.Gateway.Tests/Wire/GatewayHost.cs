using System.Net;
using Broker.Gateway.Identity;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Broker.Gateway.Tests.Wire;

/// <summary>A gateway on a loopback port, over services of the test's choice.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _directory;

    private GatewayHost(WebApplication app, string address, EmbeddedIdentity identity, string directory) =>
        (_app, Address, Channel, Identity, _directory) = (app, address, GrpcChannel.ForAddress(address), identity, directory);

    public string Address { get; }

    public GrpcChannel Channel { get; }

    public EmbeddedIdentity Identity { get; }

    public static Task<GatewayHost> StartAsync(Action<WebApplication> map, Action<IServiceCollection>? configure = null) =>
        StartAsync(map, (services, _) => configure?.Invoke(services));

    /// <summary>Starts it; what is registered may use the embedded key.</summary>
    public static async Task<GatewayHost> StartAsync(Action<WebApplication> map, Action<IServiceCollection, EmbeddedIdentity> configure, Action<ListenOptions>? connect = null)
    {
        var directory = Directory.CreateTempSubdirectory("gateway-").FullName;
        var identity = EmbeddedIdentity.Open(Path.Combine(directory, "identity"), new FakeTimeProvider(DateTimeOffset.UtcNow));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            connect?.Invoke(listen);
        }));
        builder.Services.AddBrokerGateway();
        builder.Services.AddSingleton<ITokenValidator>(identity);
        builder.Services.AddSingleton<ITenantResolver>(new OneDeal());
        configure(builder.Services, identity);
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new GatewayHost(app, address, identity, directory);
    }

    /// <summary>Tells it to stop, as a signal does; it goes on serving until it is disposed of.</summary>
    public void BeginStop() => _app.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

    public CallOptions CallAs(VerifiedCaller caller) =>
        new(new Metadata { { "authorization", $"Bearer {Identity.Mint(caller, TimeSpan.FromHours(1))}" } });

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await _app.DisposeAsync();
        Identity.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Knows one deal: acme's "pact" with the partner "lab".</summary>
    private sealed class OneDeal : ITenantResolver
    {
        public ValueTask<string?> PartnerOfDealAsync(string platform, string deal) =>
            ValueTask.FromResult(platform == "acme" && deal == "pact" ? "lab" : null);
    }
}
