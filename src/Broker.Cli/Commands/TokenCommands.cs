using System.CommandLine;
using Broker.Cli.Output;
using Broker.Gateway.Identity;
using Broker.Hosting.DataDirectories;

namespace Broker.Cli.Commands;

/// <summary><c>broker token</c>: tokens of an embedded node, from its own key.</summary>
internal static class TokenCommands
{
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(1);

    public static Command Create(CliApp app)
    {
        var token = new Command("token", "Tokens for the callers of an embedded node. Whoever may read its key may be anybody.");
        token.Add(Mint(app));
        return token;
    }

    private static Command Mint(CliApp app)
    {
        var roles = new Option<string[]>("--role")
        {
            Description = $"What the caller may be; once or several times: {string.Join(", ", RoleNames.All)}.",
            HelpName = "ROLE",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        roles.AcceptOnlyFromAmong([.. RoleNames.All]);
        var platform = Names.PlatformOption("The platform of a platform-admin, business, approver or user; or the only one of an operator or auditor.");
        var partner = Names.PartnerOption("The partner of a partner.");
        var user = new Option<string?>("--user") { Description = "The platform's id of a user.", HelpName = "USER" };
        var lifetime = Durations.Option("--ttl", $"How long it lives: 1s to {EmbeddedIdentity.LifetimeMax.TotalDays}d. Default {DefaultLifetime.TotalHours}h.");
        return app.Command(
            "mint",
            "Mints a token from the key in --data and prints it. It names the person of --as. There is no taking it back before it ends.",
            [roles, platform, partner, user, lifetime],
            (context, _) =>
            {
                var caller = new VerifiedCaller
                {
                    Subject = context.Subject,
                    Roles = context.Get(roles)!.Aggregate(Roles.None, (all, name) => all | RoleNames.Parse(name)),
                    Platform = context.Get(platform),
                    Partner = context.Get(partner),
                    User = context.Get(user),
                };
                Mint(context, caller, context.Get(lifetime) ?? DefaultLifetime);
                return Task.CompletedTask;
            });
    }

    private static void Mint(CommandContext context, VerifiedCaller caller, TimeSpan lifetime)
    {
        using var identity = EmbeddedIdentity.OpenExisting(DataDirectory.IdentityDirectoryOf(context.DataDirectory), context.Time) ?? throw NoKey(context.DataDirectory);
        try
        {
            var token = identity.Mint(caller, lifetime);
            context.Results.Write(
                new
                {
                    Token = token,
                    caller.Subject,
                    Roles = RoleNames.Of(caller.Roles),
                    caller.Platform,
                    caller.Partner,
                    caller.User,
                    ExpireTime = context.Time.GetUtcNow() + lifetime,
                },
                _ => context.Host.Out.WriteLine(token)); // never wrapped: it goes into a variable or a file
        }
        catch (ArgumentException wrong)
        {
            throw new CliException(new CliError(ExitCode.Usage, "USAGE", wrong.Message), wrong);
        }
    }

    private static CliException NoKey(string directory) => new(new CliError(ExitCode.DataError, "NO_KEY", $"The data directory {directory} has no signing key that you may read.")
    {
        Advice = "Start its node once with `broker serve`, which makes the key, or name the right directory with --data.",
    });
}
