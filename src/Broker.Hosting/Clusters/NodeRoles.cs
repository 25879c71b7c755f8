namespace Broker.Hosting.Clusters;

/// <summary>What a process of a cluster does.</summary>
[Flags]
public enum NodeRoles
{
    /// <summary>Nothing; no node is so.</summary>
    None = 0,

    /// <summary>Holds grains: decides and appends.</summary>
    Silo = 1,

    /// <summary>Serves gRPC: checks callers, moves bytes.</summary>
    Gateway = 2,

    /// <summary>Both, the default.</summary>
    Both = Silo | Gateway,
}
