namespace Broker.Gateway.Identity;

/// <summary>Which callers make sense: each role has its tenant.</summary>
public static class CallerRules
{
    private const Roles PlatformBound = Roles.PlatformAdmin | Roles.Business | Roles.Approver | Roles.User;

    /// <summary>What is wrong with the caller, for a person; null when nothing is.</summary>
    public static string? WhatIsWrong(VerifiedCaller caller)
    {
        if (caller.Subject.Length is < 1 or > 256) return "A token names its subject: 1 to 256 characters.";
        if (caller.Roles == Roles.None || (caller.Roles & ~Roles.All) != 0) return $"A token has at least one role of: {string.Join(", ", RoleNames.All)}.";
        if ((caller.Roles & PlatformBound) != 0 && string.IsNullOrEmpty(caller.Platform)) return "The roles platform-admin, business, approver and user belong to a platform: name it.";
        if ((caller.Roles & Roles.Partner) != 0 && string.IsNullOrEmpty(caller.Partner)) return "The role partner belongs to a partner: name it.";
        return (caller.Roles & Roles.User) != 0 && string.IsNullOrEmpty(caller.User) ? "The role user belongs to a user: name it." : null;
    }
}
