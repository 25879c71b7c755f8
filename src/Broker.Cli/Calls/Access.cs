using Broker.Gateway.Identity;

namespace Broker.Cli.Calls;

/// <summary>What a command needs to be in order to call: the role, and whose.</summary>
/// <param name="Role">The role.</param>
/// <param name="PlatformId">The platform's id, for the roles that belong to one.</param>
/// <param name="PartnerId">The partner's id, for partners.</param>
/// <param name="UserId">The platform's id of the user, for users.</param>
internal sealed record Access(Roles Role, string? PlatformId = null, string? PartnerId = null, string? UserId = null)
{
    /// <summary>Runs the node.</summary>
    public static readonly Access Operator = new(Roles.Operator);

    /// <summary>Reads everything that is no content.</summary>
    public static readonly Access Auditor = new(Roles.Auditor);

    /// <summary>Runs a platform.</summary>
    public static Access PlatformAdmin(string platform) => new(Roles.PlatformAdmin, platform);

    /// <summary>Proposes a platform's deals.</summary>
    public static Access Business(string platform) => new(Roles.Business, platform);

    /// <summary>Approves a platform's deals.</summary>
    public static Access Approver(string platform) => new(Roles.Approver, platform);

    /// <summary>A licensee.</summary>
    public static Access Partner(string partner) => new(Roles.Partner, PartnerId: partner);

    /// <summary>A data subject.</summary>
    public static Access User(string platform, string user) => new(Roles.User, platform, UserId: user);

    /// <summary>Whom a token for it stands for.</summary>
    /// <param name="subject">The person.</param>
    public VerifiedCaller CallerNamed(string subject) => new()
    {
        Subject = subject,
        Roles = Role,
        Platform = PlatformId,
        Partner = PartnerId,
        User = UserId,
    };
}
