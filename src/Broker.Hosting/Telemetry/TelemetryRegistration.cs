using Broker.Gateway;
using Broker.Grains;
using Broker.Grains.Logs;
using Broker.Hosting.Clusters;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;

namespace Broker.Hosting.Telemetry;

/// <summary>Puts metrics and their scrape into a node.</summary>
internal static class TelemetryRegistration
{
    private const string ScrapePath = "/metrics";

    /// <summary>Every meter that is scraped: ours, Orleans', Kestrel's, Npgsql's and the runtime's.</summary>
    public static IReadOnlyList<string> Meters { get; } =
        [GrainMeter.Name, LogMeter.Name, GatewayMeters.Name, "Microsoft.Orleans", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Hosting", "Npgsql", "System.Runtime"];

    /// <summary>Registers them; the scrape listens where the options say, on a port that serves nothing else.</summary>
    /// <exception cref="NodeStartException">The address is none, or is in use.</exception>
    public static void AddTelemetry(this WebApplicationBuilder builder, TelemetryOptions options)
    {
        if (options.Listen.Length == 0) return;
        var endpoint = ListenAddress.Parse(options.Listen, "Telemetry.Listen");
        PortInUse.RequireFree(endpoint);
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter([.. Meters])
            .AddPrometheusExporter(exporter => exporter.ScrapeResponseCacheDurationMilliseconds = options.CacheMilliseconds));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(endpoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection =>
            {
                connection.Features.Set(ScrapeConnection.Instance);
                return next(connection);
            });
        }));
    }

    /// <summary>Serves the scrape, and nothing else there, by the listener that a connection came in at: a request's own words do not count.</summary>
    public static void UseTelemetry(this WebApplication app, TelemetryOptions options)
    {
        if (options.Listen.Length == 0) return;
        app.UseOpenTelemetryPrometheusScrapingEndpoint(static context => IsScrape(context) && context.Request.Path == ScrapePath);
        app.Use(static (context, next) =>
        {
            if (!IsScrape(context)) return next(context);
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }

    private static bool IsScrape(HttpContext context) => context.Features.Get<ScrapeConnection>() is not null;

    /// <summary>Marks the connections of the scrape's listener.</summary>
    private sealed class ScrapeConnection
    {
        public static readonly ScrapeConnection Instance = new();
    }
}
