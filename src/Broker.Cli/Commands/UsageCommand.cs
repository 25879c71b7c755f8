using System.CommandLine;
using Broker.Cli.Calls;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;
using Spectre.Console;

namespace Broker.Cli.Commands;

/// <summary><c>broker deal usage</c>: what is used of a deal's limits, once or live.</summary>
internal static class UsageCommand
{
    public static Command Create(CliApp app)
    {
        var deal = Names.Deal();
        var watch = new Option<bool>("--watch") { Description = "Goes on until it is stopped, and shows each change; as JSON, one document a line." };
        var interval = Durations.Option("--interval", "Least time between two changes that are shown. Default 1s.");
        return app.Command("usage", "Shows what is used of a deal's limits.", [deal, watch, interval], async (context, cancellationToken) =>
        {
            var node = context.Connect(Access.Auditor);
            var name = context.Get(deal).ToString();
            if (!context.Get(watch))
            {
                var usage = (await node.CallAsync(node.Deals.GetUsageAsync, new GetUsageRequest { Deal = name }, cancellationToken)).Usage;
                context.Results.Write(usage, console => console.Write(UsageView.Of(usage)));
                return;
            }

            var request = new WatchUsageRequest { Deal = name, MinInterval = context.Get(interval)?.ToDuration() };
            await WatchAsync(context, node.StreamAsync(node.Deals.WatchUsage, request, cancellationToken));
        });
    }

    private static async Task WatchAsync(CommandContext context, IAsyncEnumerable<WatchUsageResponse> changes)
    {
        var console = context.Results.Console;
        if (context.Results.IsJson || !console.Profile.Capabilities.Interactive)
        {
            await foreach (var change in changes) context.Results.Write(change.Usage, plain => plain.Write(UsageView.Of(change.Usage)));
            return;
        }

        await console.Live(new Text("")).StartAsync(async live =>
        {
            await foreach (var change in changes) live.UpdateTarget(UsageView.Of(change.Usage));
        });
    }
}
