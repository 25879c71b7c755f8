using System.CommandLine;
using Broker.Gateway;
using Broker.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Broker.Cli.Commands;

/// <summary><c>broker serve</c>: an embedded node in the foreground.</summary>
internal static class ServeCommand
{
    public static Command Create(CliApp app)
    {
        var port = new Option<int>("--port")
        {
            Description = "The loopback port for gRPC; 0 takes any that is free.",
            HelpName = "PORT",
            DefaultValueFactory = _ => NodeOptions.DefaultPort,
        };
        var reflection = new Option<bool>("--reflection") { Description = "Tell tools like grpcurl which services there are. For development." };
        var verbose = new Option<bool>("--verbose") { Description = "Log what the node does, not only what goes wrong." };
        return app.Command(
            "serve",
            "Runs a node with everything it keeps in --data, on 127.0.0.1, until Ctrl-C or SIGTERM. The address goes to standard output, the log to standard error.",
            [port, reflection, verbose],
            (context, cancellationToken) => ServeAsync(context, context.Get(port), context.Get(reflection), context.Get(verbose), cancellationToken));
    }

    private static async Task ServeAsync(CommandContext context, int port, bool isReflectionEnabled, bool isVerbose, CancellationToken cancellationToken)
    {
        var options = new NodeOptions { DataDirectory = context.DataDirectory, Port = port };
        await using var node = await BrokerNode.StartAsync(options, builder => Configure(builder, isReflectionEnabled, isVerbose), cancellationToken);
        context.Results.Write(
            new { Address = node.Address.ToString().TrimEnd('/'), node.DataDirectory },
            _ => context.Host.Out.WriteLine($"Listening on {node.Address.ToString().TrimEnd('/')}, data in {node.DataDirectory}. Stop with Ctrl-C."));
        await context.Host.Out.FlushAsync(cancellationToken);
        await node.WaitForShutdownAsync(cancellationToken);
    }

    private static void Configure(WebApplicationBuilder builder, bool isReflectionEnabled, bool isVerbose)
    {
        builder.Services.Configure<GatewayOptions>(gateway => gateway.IsReflectionEnabled = isReflectionEnabled);
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ "));
        builder.Services.Configure<SimpleConsoleFormatterOptions>(console => console.UseUtcTimestamp = true);
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(isVerbose ? LogLevel.Information : LogLevel.Warning);
        // A silo that is alone warns of what only a cluster should mind.
        if (!isVerbose) builder.Logging.AddFilter("Orleans", LogLevel.Error);
    }
}
