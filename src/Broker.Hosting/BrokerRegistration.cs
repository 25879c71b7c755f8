using System.Net;
using Broker.Gateway;
using Broker.Gateway.Identity;
using Broker.Hosting.DataDirectories;
using Broker.Hosting.Segments;
using Broker.Hosting.Silos;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Broker.Hosting;

/// <summary>The composition of a node: hosting differs only in what is registered here.</summary>
internal static class BrokerRegistration
{
    /// <summary>Registers an embedded node: silo, gateway, stores, identity.</summary>
    public static void AddBroker(this WebApplicationBuilder builder, NodeOptions options, DataStores stores)
    {
        builder.Services.AddSingleton(Options.Create(options));
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.StopSeconds));
        builder.Services.AddSingleton<ITokenValidator>(stores.Identity);
        builder.Services.AddSegments(stores.Directory);
        builder.Services.AddBrokerGateway();
        builder.UseOrleans(silo => silo.AddEmbeddedSilo(stores));
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, options.Port, listen => listen.Protocols = HttpProtocols.Http2));
    }
}
