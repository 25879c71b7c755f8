using System.CommandLine;
using Broker.Cli.Calls;
using Broker.Cli.Output;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;

namespace Broker.Cli.Commands;

/// <summary><c>broker platform dataset</c>: named collections of a platform's records.</summary>
internal static class DatasetCommands
{
    private static readonly ResultTable<Dataset> Table = new ResultTable<Dataset>()
        .Text("dataset", dataset => dataset.Name)
        .Text("display name", dataset => dataset.DisplayName)
        .Text("made", dataset => Amount.Of(dataset.CreateTime));

    public static Command Create(CliApp app)
    {
        var group = new Command("dataset", "A platform's datasets.");
        group.Add(Add(app));
        group.Add(List(app));
        return group;
    }

    private static Command Add(CliApp app)
    {
        var dataset = Names.Dataset();
        var displayName = new Option<string?>("--display-name") { Description = "For people, 1 to 200 characters. Default: the id.", HelpName = "NAME" };
        return app.Command("add", "Names a new dataset. Needs the platform's admin.", [dataset, displayName], async (context, cancellationToken) =>
        {
            var name = context.Get(dataset);
            var node = context.Connect(Access.PlatformAdmin(name.Platform));
            var request = new CreateDatasetRequest
            {
                Parent = ResourceNames.Platform(name.Platform),
                DatasetId = name.Dataset,
                Dataset = new Dataset { DisplayName = context.Get(displayName) ?? name.Dataset },
                RequestId = context.RequestId,
            };
            var made = (await node.CallAsync(node.Platforms.CreateDatasetAsync, request, cancellationToken)).Dataset;
            context.Results.Write(made, console => console.Write(Table.Of([made], "")));
        });
    }

    private static Command List(CliApp app)
    {
        var platform = Names.Platform();
        return app.Command("list", "Lists a platform's datasets.", [platform], async (context, cancellationToken) =>
        {
            var node = context.Connect(Access.Operator);
            var parent = ResourceNames.Platform(context.Get(platform));
            var all = await Pages.AllAsync(
                token => node.CallAsync(node.Platforms.ListDatasetsAsync, new ListDatasetsRequest { Parent = parent, PageSize = Pages.Size, PageToken = token }, cancellationToken),
                page => (page.Datasets, page.NextPageToken));
            context.Results.WriteList("datasets", all, Table);
        });
    }
}
