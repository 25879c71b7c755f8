namespace Broker.Gateway.Identity;

/// <summary>What a caller may be; one bit a role.</summary>
[Flags]
public enum Roles
{
    /// <summary>Nobody.</summary>
    None = 0,

    /// <summary>Runs a platform: its policy, its datasets, its users' consent. <c>platform-admin</c></summary>
    PlatformAdmin = 1,

    /// <summary>Proposes deals of a platform. <c>business</c></summary>
    Business = 2,

    /// <summary>Approves deals of a platform. <c>approver</c></summary>
    Approver = 4,

    /// <summary>A licensee. <c>partner</c></summary>
    Partner = 8,

    /// <summary>A data subject. <c>user</c></summary>
    User = 16,

    /// <summary>Runs the node. <c>operator</c></summary>
    Operator = 32,

    /// <summary>Checks the logs. <c>auditor</c></summary>
    Auditor = 64,

    /// <summary>Every role.</summary>
    All = PlatformAdmin | Business | Approver | Partner | User | Operator | Auditor,
}

/// <summary>The roles' names in tokens.</summary>
public static class RoleNames
{
    private static readonly (string Name, Roles Role)[] Names =
    [
        ("platform-admin", Roles.PlatformAdmin), ("business", Roles.Business), ("approver", Roles.Approver), ("partner", Roles.Partner),
        ("user", Roles.User), ("operator", Roles.Operator), ("auditor", Roles.Auditor),
    ];

    /// <summary>Every name.</summary>
    public static IEnumerable<string> All => Names.Select(entry => entry.Name);

    /// <summary>The role of a name; <see cref="Roles.None"/> for an unknown one.</summary>
    public static Roles Parse(string name) => Names.FirstOrDefault(entry => entry.Name == name).Role;

    /// <summary>The names of the roles.</summary>
    public static IEnumerable<string> Of(Roles roles) => Names.Where(entry => (roles & entry.Role) != 0).Select(entry => entry.Name);
}
