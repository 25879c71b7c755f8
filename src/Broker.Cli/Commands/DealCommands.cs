using System.CommandLine;
using Broker.Cli.Calls;
using Broker.Cli.Files;
using Broker.Cli.Output;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;

namespace Broker.Cli.Commands;

/// <summary><c>broker deal</c>: contracts, from the proposal to the end.</summary>
internal static class DealCommands
{
    public static Command Create(CliApp app)
    {
        var group = new Command("deal", "Deals between a platform and a partner, and what is used of their quota.");
        group.Add(Propose(app));
        group.Add(Approve(app));
        group.Add(AmendmentCommands.Amend(app));
        group.Add(AmendmentCommands.Approve(app));
        group.Add(Suspend(app));
        group.Add(Resume(app));
        group.Add(Terminate(app));
        group.Add(Show(app));
        group.Add(List(app));
        group.Add(UsageCommand.Create(app));
        return group;
    }

    /// <summary>The option for a file of terms.</summary>
    public static Option<string> FileOption() => new("--file") { Description = "The terms: JSON, see docs/deal-file.md.", HelpName = "FILE", Required = true };

    private static Command Propose(CliApp app)
    {
        var deal = Names.Deal();
        var file = FileOption();
        var partner = Names.PartnerOption("The licensee. Default: the one that the file names.");
        return app.Command("propose", "Proposes a deal. Needs the platform's business team.", [deal, file, partner], async (context, cancellationToken) =>
        {
            var name = context.Get(deal);
            var terms = DealFile.Read(context.Get(file)!, name.Platform);
            var request = new ProposeDealRequest
            {
                Parent = ResourceNames.Platform(name.Platform),
                DealId = name.Deal,
                Partner = ResourceNames.Partner(PartnerOf(context.Get(file)!, terms.Partner, context.Get(partner))),
                Terms = terms.Terms,
                RequestId = context.RequestId,
            };
            var node = context.Connect(Access.Business(name.Platform));
            DealView.Write(context, (await node.CallAsync(node.Deals.ProposeDealAsync, request, cancellationToken)).Deal);
        });
    }

    private static Command Approve(CliApp app)
    {
        var deal = Names.Deal();
        return app.Command("approve", "Approves a proposed deal. Needs an approver: another person than the one who proposed it.", [deal], async (context, cancellationToken) =>
        {
            var node = context.Connect(Access.Approver(context.Get(deal).Platform));
            var request = new ApproveDealRequest { Name = context.Get(deal).ToString(), RequestId = context.RequestId };
            DealView.Write(context, (await node.CallAsync(node.Deals.ApproveDealAsync, request, cancellationToken)).Deal);
        });
    }

    private static Command Suspend(CliApp app)
    {
        var (deal, reason) = (Names.Deal(), ReasonOption());
        return app.Command("suspend", "Stops a deal until it is resumed. Answered once nothing more leaves under it.", [deal, reason], async (context, cancellationToken) =>
        {
            var node = context.Connect(Access.Business(context.Get(deal).Platform));
            var request = new SuspendDealRequest { Name = context.Get(deal).ToString(), Reason = context.Get(reason), RequestId = context.RequestId };
            DealView.Write(context, (await node.CallAsync(node.Deals.SuspendDealAsync, request, cancellationToken)).Deal);
        });
    }

    private static Command Resume(CliApp app)
    {
        var deal = Names.Deal();
        return app.Command("resume", "Lets a suspended deal go on.", [deal], async (context, cancellationToken) =>
        {
            var node = context.Connect(Access.Business(context.Get(deal).Platform));
            var request = new ResumeDealRequest { Name = context.Get(deal).ToString(), RequestId = context.RequestId };
            DealView.Write(context, (await node.CallAsync(node.Deals.ResumeDealAsync, request, cancellationToken)).Deal);
        });
    }

    private static Command Terminate(CliApp app)
    {
        var (deal, reason) = (Names.Deal(), ReasonOption());
        return app.Command(
            "terminate",
            "Ends a deal for good. Answered once nothing more leaves under it and, where the contract says so, everything is recalled.",
            [deal, reason],
            async (context, cancellationToken) =>
            {
                var node = context.Connect(Access.Business(context.Get(deal).Platform));
                var request = new TerminateDealRequest { Name = context.Get(deal).ToString(), Reason = context.Get(reason), RequestId = context.RequestId };
                DealView.Write(context, (await node.CallAsync(node.Deals.TerminateDealAsync, request, cancellationToken)).Deal);
            });
    }

    private static Command Show(CliApp app)
    {
        var deal = Names.Deal();
        var asFile = new Option<bool>("--terms") { Description = "Prints the terms in force as a deal file, to be amended." };
        return app.Command("show", "Shows a deal.", [deal, asFile], async (context, cancellationToken) =>
        {
            var node = context.Connect(Access.Auditor);
            var found = (await node.CallAsync(node.Deals.GetDealAsync, new GetDealRequest { Name = context.Get(deal).ToString() }, cancellationToken)).Deal;
            if (context.Get(asFile)) context.Host.Out.WriteLine(new DealFile(ResourceNames.ParsePartner(found.Partner) ?? "", found.Contract.Terms).Write());
            else DealView.Write(context, found);
        });
    }

    private static Command List(CliApp app)
    {
        var platform = Names.PlatformOption("Only this platform's. Default: all that the caller may see.");
        return app.Command("list", "Lists deals.", [platform], async (context, cancellationToken) =>
        {
            var node = context.Connect(Access.Auditor);
            var parent = context.Get(platform) is { } one ? ResourceNames.Platform(one) : ResourceNames.AllPlatforms;
            var all = await Pages.AllAsync(
                token => node.CallAsync(node.Deals.ListDealsAsync, new ListDealsRequest { Parent = parent, PageSize = Pages.Size, PageToken = token }, cancellationToken),
                page => (page.Deals, page.NextPageToken));
            context.Results.WriteList("deals", all, DealView.Table);
        });
    }

    private static Option<string> ReasonOption() => new("--reason") { Description = "Why, for people: 1 to 1,000 characters.", HelpName = "TEXT", Required = true };

    private static string PartnerOf(string file, string inFile, string? named) => (inFile, named) switch
    {
        ("", null) => throw new CliException(new CliError(ExitCode.Usage, "USAGE", $"{file} names no partner: add one there, or give --partner.")),
        (_, null) => inFile,
        ("", _) => named,
        _ when inFile == named => named,
        _ => throw new CliException(new CliError(ExitCode.Usage, "USAGE", $"{file} is for partner {inFile}, and --partner names {named}.")),
    };
}
