using System.CommandLine;
using System.Globalization;
using Broker.Cli.Calls;
using Broker.Cli.Files;
using Broker.Cli.Output;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;

namespace Broker.Cli.Commands;

/// <summary><c>broker platform policy</c>: what may be licensed, and what silence means.</summary>
internal static class PolicyCommands
{
    private static readonly ResultTable<JurisdictionRule> Rules = new ResultTable<JurisdictionRule>()
        .Text("jurisdiction", rule => rule.Jurisdiction.Length == 0 ? "everywhere else" : rule.Jurisdiction)
        .Text("regime", rule => Words.Of(rule.Regime))
        .Number("notice", rule => rule.NoticeDays == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{rule.NoticeDays} days"));

    public static Command Create(CliApp app)
    {
        var group = new Command("policy", "A platform's policy: kinds, purposes, regimes, the way to object.");
        group.Add(Set(app));
        group.Add(Show(app));
        return group;
    }

    private static Command Set(CliApp app)
    {
        var platform = Names.Platform();
        var file = new Option<string>("--file") { Description = "The policy: JSON, see docs/policy-file.md.", HelpName = "FILE", Required = true };
        return app.Command(
            "set",
            "Announces the next version of the policy. Answered once nothing leaves any more that a tighter one forbids. Needs the platform's admin.",
            [platform, file],
            async (context, cancellationToken) =>
            {
                var policy = PolicyFile.Read(context.Get(file)!);
                var node = context.Connect(Access.PlatformAdmin(context.Get(platform)));
                var request = new SetPolicyRequest { Platform = ResourceNames.Platform(context.Get(platform)), Policy = policy, RequestId = context.RequestId };
                Write(context, (await node.CallAsync(node.Platforms.SetPolicyAsync, request, cancellationToken)).Policy);
            });
    }

    private static Command Show(CliApp app)
    {
        var platform = Names.Platform();
        var version = new Option<int>("--policy-version") { Description = "Which version. Default: the newest.", HelpName = "N" };
        return app.Command("show", "Shows a policy.", [platform, version], async (context, cancellationToken) =>
        {
            var node = context.Connect(Access.Operator);
            var request = new GetPolicyRequest { Platform = ResourceNames.Platform(context.Get(platform)), Version = context.Get(version) };
            Write(context, (await node.CallAsync(node.Platforms.GetPolicyAsync, request, cancellationToken)).Policy);
        });
    }

    private static void Write(CommandContext context, Policy policy) => context.Results.Write(policy, console =>
    {
        Lines.Write(
            console,
            ("version", policy.Version.ToString(CultureInfo.InvariantCulture)),
            ("holds from", Amount.Of(policy.EffectiveTime)),
            ("kinds", Words.Of(policy.Kinds)),
            ("purposes", Words.Of(policy.Purposes)),
            ("way to object", policy.ObjectionChannel));
        console.Write(Rules.Of([.. policy.JurisdictionRules, policy.DefaultRule], ""));
    });
}
