using System.CommandLine;
using Broker.Cli.Calls;
using Broker.Cli.Output;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;

namespace Broker.Cli.Commands;

/// <summary><c>broker consent</c>: what users decide.</summary>
internal static class ConsentCommands
{
    public static Command Create(CliApp app)
    {
        var group = new Command("consent", "What users decide about their data.");
        group.Add(Set(app));
        group.Add(Show(app));
        group.Add(ConsentImportCommand.Create(app));
        group.Add(Erase(app));
        return group;
    }

    private static Command Set(CliApp app)
    {
        var (platform, user) = (Names.Platform(), Names.User());
        var choice = new Argument<ConsentChoice>("choice")
        {
            Description = "grant or withdraw.",
            HelpName = "grant|withdraw",
            CustomParser = result =>
            {
                if (Words.Parse<ConsentChoice>(result.Tokens[0].Value) is { } known) return known;
                result.AddError($"{result.Tokens[0].Value} is neither grant nor withdraw.");
                return default;
            },
        };
        var purposes = WordOptions.List<Purpose>("--purpose", "For which purposes. Default: all.");
        var kinds = WordOptions.List<RecordKind>("--kind", "For which kinds of records. Default: all.");
        var partner = Names.PartnerOption("For this partner only. Default: for all.");
        var madeAt = Times.Option("--made-at", "When it was decided. Default: now.");
        var source = WordOptions.One<ConsentSource>("--source", "Where the decision comes from. Default: user.");
        return app.Command(
            "set",
            "Records a user's decision. A withdrawal is answered once nothing that it covers leaves any more; what left before is recalled by then. Needs the platform's admin, or the user.",
            [platform, user, choice, purposes, kinds, partner, madeAt, source],
            async (context, cancellationToken) =>
            {
                var request = new SetConsentRequest
                {
                    User = ResourceNames.User(context.Get(platform), context.Get(user)),
                    Decision = new ConsentDecision
                    {
                        Purposes = { context.Get(purposes) },
                        Kinds = { context.Get(kinds) },
                        Partner = context.Get(partner) is { } one ? ResourceNames.Partner(one) : "",
                        Choice = context.Get(choice),
                        MadeTime = context.Get(madeAt)?.ToTimestamp(),
                        Source = context.Get(source) ?? ConsentSource.Unspecified,
                    },
                    RequestId = context.RequestId,
                };
                var node = context.Connect(Access.PlatformAdmin(context.Get(platform)));
                var stands = (await node.CallAsync(node.Consents.SetConsentAsync, request, cancellationToken)).Consent;
                context.Results.Write(stands, console => ConsentView.Write(console, stands));
            });
    }

    private static Command Show(CliApp app)
    {
        var (platform, user) = (Names.Platform(), Names.User());
        return app.Command("show", "Shows a user's decisions and what is in force for them.", [platform, user], async (context, cancellationToken) =>
        {
            var node = context.Connect(Access.Auditor);
            var request = new GetConsentRequest { User = ResourceNames.User(context.Get(platform), context.Get(user)) };
            var stands = (await node.CallAsync(node.Consents.GetConsentAsync, request, cancellationToken)).Consent;
            context.Results.Write(stands, console => ConsentView.Write(console, stands));
        });
    }

    private static Command Erase(CliApp app)
    {
        var (platform, user) = (Names.Platform(), Names.User());
        var isMeant = new Option<bool>("--yes") { Description = "That it is meant: there is no way back.", Required = true };
        return app.Command(
            "erase",
            "Erases a user (GDPR Art. 17): removes every record of theirs, recalls what partners hold, and keeps a later import from bringing them back.",
            [platform, user, isMeant],
            async (context, cancellationToken) =>
            {
                if (!context.Get(isMeant)) throw new CliException(new CliError(ExitCode.Usage, "USAGE", "An erasure cannot be taken back; --yes says that it is meant."));
                var node = context.Connect(Access.PlatformAdmin(context.Get(platform)));
                var name = ResourceNames.User(context.Get(platform), context.Get(user));
                await node.CallAsync(node.Consents.EraseUserAsync, new EraseUserRequest { User = name, RequestId = context.RequestId }, cancellationToken);
                context.Results.Write(new { User = name, IsErased = true }, console => Lines.Write(console, ("erased", name)));
            });
    }
}
