using System.CommandLine;
using Broker.Cli.Calls;
using Broker.Cli.Output;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;

namespace Broker.Cli.Commands;

/// <summary><c>broker partner</c>: the licensees.</summary>
internal static class PartnerCommands
{
    private static readonly ResultTable<Partner> Table = new ResultTable<Partner>()
        .Text("partner", partner => partner.Name)
        .Text("display name", partner => partner.DisplayName)
        .Text("registered", partner => Amount.Of(partner.CreateTime));

    public static Command Create(CliApp app)
    {
        var group = new Command("partner", "Partners, and the models that they train.");
        group.Add(Add(app));
        group.Add(Show(app));
        group.Add(List(app));
        group.Add(TrainingRunCommands.Register(app));
        group.Add(TrainingRunCommands.List(app));
        return group;
    }

    private static Command Add(CliApp app)
    {
        var partner = Names.Partner();
        var displayName = new Option<string?>("--display-name") { Description = "For people, 1 to 200 characters. Default: the id.", HelpName = "NAME" };
        return app.Command("add", "Registers a partner. Needs an operator or a business team.", [partner, displayName], async (context, cancellationToken) =>
        {
            var node = context.Connect(Access.Operator);
            var request = new CreatePartnerRequest
            {
                PartnerId = context.Get(partner),
                Partner = new Partner { DisplayName = context.Get(displayName) ?? context.Get(partner) },
                RequestId = context.RequestId,
            };
            Write(context, (await node.CallAsync(node.Partners.CreatePartnerAsync, request, cancellationToken)).Partner);
        });
    }

    private static Command Show(CliApp app)
    {
        var partner = Names.Partner();
        return app.Command("show", "Shows a partner.", [partner], async (context, cancellationToken) =>
        {
            var node = context.Connect(Access.Operator);
            var request = new GetPartnerRequest { Name = ResourceNames.Partner(context.Get(partner)) };
            Write(context, (await node.CallAsync(node.Partners.GetPartnerAsync, request, cancellationToken)).Partner);
        });
    }

    private static Command List(CliApp app) => app.Command("list", "Lists the partners that the caller may see.", [], async (context, cancellationToken) =>
    {
        var node = context.Connect(Access.Operator);
        var all = await Pages.AllAsync(
            token => node.CallAsync(node.Partners.ListPartnersAsync, new ListPartnersRequest { PageSize = Pages.Size, PageToken = token }, cancellationToken),
            page => (page.Partners, page.NextPageToken));
        context.Results.WriteList("partners", all, Table);
    });

    private static void Write(CommandContext context, Partner partner) =>
        context.Results.Write(partner, console => console.Write(Table.Of([partner], "")));
}
