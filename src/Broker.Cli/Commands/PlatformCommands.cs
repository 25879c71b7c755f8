using System.CommandLine;
using Broker.Cli.Calls;
using Broker.Cli.Output;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;

namespace Broker.Cli.Commands;

/// <summary><c>broker platform</c>: the holders of data.</summary>
internal static class PlatformCommands
{
    private const int PartitionsDefault = 16;

    private static readonly ResultTable<Platform> Table = new ResultTable<Platform>()
        .Text("platform", platform => platform.Name)
        .Text("display name", platform => platform.DisplayName)
        .Number("partitions", platform => Amount.Of(platform.PartitionCount))
        .Number("policy", platform => platform.PolicyVersion == 0 ? "none" : Amount.Of(platform.PolicyVersion))
        .Text("registered", platform => Amount.Of(platform.CreateTime));

    public static Command Create(CliApp app)
    {
        var group = new Command("platform", "Platforms, their policies and their datasets.");
        group.Add(Add(app));
        group.Add(Get(app));
        group.Add(List(app));
        group.Add(PolicyCommands.Create(app));
        group.Add(DatasetCommands.Create(app));
        return group;
    }

    private static Command Add(CliApp app)
    {
        var platform = Names.Platform();
        var displayName = new Option<string?>("--display-name") { Description = "For people, 1 to 200 characters. Default: the id.", HelpName = "NAME" };
        var partitions = new Option<int>("--partitions")
        {
            Description = "How many partitions its users are spread over: a power of two, 1 to 4,096; chosen once.",
            HelpName = "N",
            DefaultValueFactory = _ => PartitionsDefault,
        };
        return app.Command("add", "Registers a platform. Needs an operator.", [platform, displayName, partitions], async (context, cancellationToken) =>
        {
            var request = new CreatePlatformRequest
            {
                PlatformId = context.Get(platform),
                Platform = new Platform { DisplayName = context.Get(displayName) ?? context.Get(platform), PartitionCount = CountOf(context.Get(partitions)) },
                RequestId = context.RequestId,
            };
            var node = context.Connect(Access.Operator);
            Show(context, (await node.CallAsync(node.Platforms.CreatePlatformAsync, request, cancellationToken)).Platform);
        });
    }

    private static Command Get(CliApp app)
    {
        var platform = Names.Platform();
        return app.Command("get", "Shows a platform.", [platform], async (context, cancellationToken) =>
        {
            var node = context.Connect(Access.Operator);
            var request = new GetPlatformRequest { Name = ResourceNames.Platform(context.Get(platform)) };
            Show(context, (await node.CallAsync(node.Platforms.GetPlatformAsync, request, cancellationToken)).Platform);
        });
    }

    private static Command List(CliApp app) => app.Command("list", "Lists the platforms that the caller may see.", [], async (context, cancellationToken) =>
    {
        var node = context.Connect(Access.Operator);
        var all = await Pages.AllAsync(
            token => node.CallAsync(node.Platforms.ListPlatformsAsync, new ListPlatformsRequest { PageSize = Pages.Size, PageToken = token }, cancellationToken),
            page => (page.Platforms, page.NextPageToken));
        context.Results.WriteList("platforms", all, Table);
    });

    // 0 means "the default" on the wire; who writes 0 here means no default.
    private static int CountOf(int partitions) => partitions != 0 ? partitions : throw new CliException(
        new CliError(ExitCode.Usage, "USAGE", "--partitions 0: a platform has at least one partition; a power of two, 1 to 4,096."));

    private static void Show(CommandContext context, Platform platform) =>
        context.Results.Write(platform, console => console.Write(Table.Of([platform], "")));
}
