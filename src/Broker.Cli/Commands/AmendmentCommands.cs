using System.CommandLine;
using Broker.Cli.Calls;
using Broker.Cli.Files;
using Broker.Cli.Output;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;

namespace Broker.Cli.Commands;

/// <summary><c>broker deal amend</c> and <c>approve-amendment</c>.</summary>
internal static class AmendmentCommands
{
    public static Command Amend(CliApp app)
    {
        var deal = Names.Deal();
        var file = DealCommands.FileOption();
        var effective = Times.Option("--effective", "From when the new terms hold. Default: as soon as they are approved.");
        return app.Command("amend", "Proposes other terms: the next version, complete. Needs the platform's business team.", [deal, file, effective], async (context, cancellationToken) =>
        {
            var name = context.Get(deal);
            var terms = DealFile.Read(context.Get(file)!, name.Platform);
            var node = context.Connect(Access.Business(name.Platform));
            if (terms.Partner.Length > 0)
            {
                var known = (await node.CallAsync(node.Deals.GetDealAsync, new GetDealRequest { Name = name.ToString() }, cancellationToken)).Deal;
                RequireSamePartner(context.Get(file)!, terms.Partner, known);
            }

            var request = new AmendDealRequest
            {
                Name = name.ToString(),
                Terms = terms.Terms,
                EffectiveTime = context.Get(effective)?.ToTimestamp(),
                RequestId = context.RequestId,
            };
            DealView.Write(context, (await node.CallAsync(node.Deals.AmendDealAsync, request, cancellationToken)).Deal);
        });
    }

    public static Command Approve(CliApp app)
    {
        var deal = Names.Deal();
        var version = new Option<int>("--contract-version") { Description = "The version that is approved: what the approver has read.", HelpName = "N", Required = true };
        return app.Command(
            "approve-amendment",
            "Approves a proposed amendment. Needs an approver: another person than the one who proposed it.",
            [deal, version],
            async (context, cancellationToken) =>
            {
                var node = context.Connect(Access.Approver(context.Get(deal).Platform));
                var request = new ApproveAmendmentRequest { Name = context.Get(deal).ToString(), Version = context.Get(version), RequestId = context.RequestId };
                DealView.Write(context, (await node.CallAsync(node.Deals.ApproveAmendmentAsync, request, cancellationToken)).Deal);
            });
    }

    // A contract never changes hands: such a file is meant for another deal.
    private static void RequireSamePartner(string file, string partner, Deal deal)
    {
        if (deal.Partner != ResourceNames.Partner(partner))
            throw new CliException(new CliError(ExitCode.Usage, "USAGE", $"{file} is for partner {partner}; {deal.Name} is with {deal.Partner}."));
    }
}
