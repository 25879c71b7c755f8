using System.Net;
using Broker.Gateway.Identity.Issuers;

namespace Broker.Hosting.Clusters;

/// <summary>Whose tokens a node believes: the embedded key's on loopback, external issuers' everywhere.</summary>
internal static class IdentityChoice
{
    /// <summary>Whether the node uses the embedded key.</summary>
    public static bool IsEmbeddedKeyUsed(ClusterNodeOptions options, IPEndPoint listen) => options.IsEmbeddedKeyUsed ?? IPAddress.IsLoopback(listen.Address);

    /// <summary>Refuses a gateway that would believe what it must not, or nobody.</summary>
    /// <exception cref="NodeStartException">It would; the message says what to do.</exception>
    public static void Check(ClusterNodeOptions options, IPEndPoint listen)
    {
        if (!options.Roles.HasFlag(NodeRoles.Gateway)) return;
        if (OidcRules.WhatIsWrongAmong([.. options.Issuers]) is { } wrong) throw new NodeStartException(wrong);
        var isOutside = !IPAddress.IsLoopback(listen.Address);
        if (isOutside && (options.IsEmbeddedKeyUsed == true || options.IdentityDirectory is not null))
            throw new NodeStartException($"A gateway that listens at {listen} must not use the embedded key: whoever may read the key may be anybody. Take IsEmbeddedKeyUsed and IdentityDirectory out and name an issuer in Issuers, or listen on 127.0.0.1.");
        if (options.Issuers.Count == 0 && !IsEmbeddedKeyUsed(options, listen))
            throw new NodeStartException(isOutside
                ? $"A gateway that listens at {listen}, beyond loopback, needs an external issuer of tokens: name one in Issuers (docs/identity.md), or listen on 127.0.0.1."
                : "The gateway would believe nobody: name an issuer in Issuers (docs/identity.md), or let IsEmbeddedKeyUsed be true.");
    }
}
