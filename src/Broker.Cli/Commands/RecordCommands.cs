using System.CommandLine;
using Broker.Cli.Calls;
using Broker.Cli.Output;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;

namespace Broker.Cli.Commands;

/// <summary><c>broker record</c>: single records.</summary>
internal static class RecordCommands
{
    public static Command Create(CliApp app)
    {
        var group = new Command("record", "Single records.");
        group.Add(Remove(app));
        return group;
    }

    private static Command Remove(CliApp app)
    {
        var (dataset, user, record) = (Names.Dataset(), Names.User(), Names.Record());
        return app.Command(
            "remove",
            "Removes one record and recalls it. Answered once it leaves no more. Needs the platform's admin, or its author.",
            [dataset, user, record],
            async (context, cancellationToken) =>
            {
                var name = context.Get(dataset);
                var request = new RemoveRecordRequest
                {
                    User = ResourceNames.User(name.Platform, context.Get(user)),
                    Dataset = ResourceNames.Dataset(name.Platform, name.Dataset),
                    RecordId = context.Get(record),
                    RequestId = context.RequestId,
                };
                var node = context.Connect(Access.PlatformAdmin(name.Platform));
                await node.CallAsync(node.Consents.RemoveRecordAsync, request, cancellationToken);
                context.Results.Write(
                    new { request.Dataset, request.User, request.RecordId, IsRemoved = true },
                    console => Lines.Write(console, ("removed", $"{request.RecordId} of {request.Dataset}"), ("was", request.User)));
            });
    }
}
