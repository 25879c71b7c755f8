using Broker.Gateway.Identity;

namespace Broker.Gateway.Tests.Identity;

/// <summary>Callers of the platform "acme", the partner "lab" and the user "u/1"; and of others.</summary>
internal static class Callers
{
    public static IReadOnlyList<Roles> EachRole { get; } =
        [Roles.PlatformAdmin, Roles.Business, Roles.Approver, Roles.Partner, Roles.User, Roles.Operator, Roles.Auditor];

    public static VerifiedCaller Own(Roles role) => role switch
    {
        Roles.Partner => Caller(role) with { Partner = "lab" },
        Roles.User => Caller(role) with { Platform = "acme", User = "u/1" },
        Roles.Operator or Roles.Auditor => Caller(role),
        _ => Caller(role) with { Platform = "acme" },
    };

    public static VerifiedCaller Other(Roles role) => role switch
    {
        Roles.Partner => Caller(role) with { Partner = "rival" },
        Roles.User => Caller(role) with { Platform = "acme", User = "u/2" },
        _ => Caller(role) with { Platform = "elsewhere" },
    };

    private static VerifiedCaller Caller(Roles role) => new() { Subject = $"a {role}", Roles = role };
}
