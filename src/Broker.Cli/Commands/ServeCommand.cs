using System.CommandLine;
using Broker.Gateway;
using Broker.Grains.Merges;
using Broker.Grains.Tokens;
using Broker.Hosting;
using Broker.Hosting.Clusters;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Broker.Cli.Commands;

/// <summary><c>broker serve</c>: a node in the foreground, alone or of a cluster.</summary>
internal static class ServeCommand
{
    private const string Description =
        "Runs a node until Ctrl-C or SIGTERM. Alone: everything it keeps lies in --data, and it listens on 127.0.0.1. With --cluster: one process of a cluster "
        + "over PostgreSQL and shared objects, configured by --config and by BROKER_… variables (BROKER_DATABASE, BROKER_OBJECTS); --data is then this "
        + "node's own scratch. The address goes to standard output, the log to standard error.";

    public static Command Create(CliApp app)
    {
        var port = new Option<int?>("--port") { Description = $"The loopback port for gRPC; 0 takes any that is free. Default: {NodeOptions.DefaultPort}.", HelpName = "PORT" };
        var reflection = new Option<bool>("--reflection") { Description = "Tell tools like grpcurl which services there are. For development." };
        var verbose = new Option<bool>("--verbose") { Description = "Log what the node does, not only what goes wrong." };
        var cluster = new ClusterServeOptions();
        return app.Command("serve", Description, [port, reflection, verbose, .. cluster.All], (context, cancellationToken) =>
        {
            void Configure(WebApplicationBuilder builder) => ConfigureLog(builder, context.Get(verbose));
            return cluster.IsGiven(context)
                ? ServeClusterAsync(context, cluster.Read(context, context.Get(port), context.Get(reflection)), Configure, cancellationToken)
                : ServeAloneAsync(context, cluster.RequireNone(context, context.Get(port)), context.Get(reflection), Configure, cancellationToken);
        });
    }

    private static async Task ServeAloneAsync(CommandContext context, int port, bool isReflectionEnabled, Action<WebApplicationBuilder> configure, CancellationToken cancellationToken)
    {
        var options = new NodeOptions { DataDirectory = context.DataDirectory, Port = port };
        await using var node = await BrokerNode.StartAsync(
            options,
            builder =>
            {
                configure(builder);
                builder.Services.Configure<GatewayOptions>(gateway => gateway.IsReflectionEnabled = isReflectionEnabled);
                builder.Services.Configure<MergeOptions>(ClusterConfiguration.Variables().GetSection("Merges"));
                builder.Services.Configure<TokenOptions>(ClusterConfiguration.Variables().GetSection("Tokens"));
                // A silo that is alone warns of what only a cluster should mind.
                builder.Logging.AddFilter("Orleans", LogLevel.Error);
            },
            cancellationToken);
        await SayAsync(context, node.Address, node.DataDirectory, cancellationToken);
        await node.WaitForShutdownAsync(cancellationToken);
    }

    private static async Task ServeClusterAsync(CommandContext context, ClusterNodeOptions options, Action<WebApplicationBuilder> configure, CancellationToken cancellationToken)
    {
        await using var node = await ClusterNode.StartAsync(options, configure, cancellationToken);
        await SayAsync(context, node.Address, node.DataDirectory, cancellationToken);
        await node.WaitForShutdownAsync(cancellationToken);
    }

    private static async Task SayAsync(CommandContext context, Uri address, string directory, CancellationToken cancellationToken)
    {
        var shown = address.ToString().TrimEnd('/');
        context.Results.Write(new { Address = shown, DataDirectory = directory }, _ => context.Host.Out.WriteLine($"Listening on {shown}, data in {directory}. Stop with Ctrl-C."));
        await context.Host.Out.FlushAsync(cancellationToken);
    }

    private static void ConfigureLog(WebApplicationBuilder builder, bool isVerbose)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ "));
        builder.Services.Configure<SimpleConsoleFormatterOptions>(console => console.UseUtcTimestamp = true);
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(isVerbose ? LogLevel.Information : LogLevel.Warning);
    }
}
