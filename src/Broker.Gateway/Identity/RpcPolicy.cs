using Google.Protobuf;

namespace Broker.Gateway.Identity;

/// <summary>Who may call one RPC.</summary>
/// <param name="Roles">The roles; none means that nobody has to say who they are.</param>
/// <param name="TenantOf">Whose data a request speaks of; for a client stream, its first message.</param>
public sealed record RpcPolicy(Roles Roles, Func<IMessage, Tenant> TenantOf)
{
    /// <summary>Whether anybody may call.</summary>
    public bool IsOpen => Roles == Roles.None;
}
