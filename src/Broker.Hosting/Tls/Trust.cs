using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Broker.Hosting.Tls;

/// <summary>Who is believed: whose certificate leads to one of some roots, and no others.</summary>
internal static class Trust
{
    private static readonly Oid ServerUse = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientUse = new("1.3.6.1.5.5.7.3.2");

    /// <summary>The rule for a chain. Revocation is not asked for: certificates of a cluster live for days, and an authority that does not
    /// answer must stop nobody; nothing is fetched from addresses that a stranger's certificate names.</summary>
    public static X509ChainPolicy PolicyOf(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    /// <summary>What a cluster's nodes would find wrong with a certificate, or null.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="shown">The intermediates that come with it.</param>
    /// <param name="authorities">The roots.</param>
    /// <param name="name">The DNS name that it must hold.</param>
    /// <param name="isServer">Whether it is shown by who listens, rather than by who calls.</param>
    public static string? WhatIsWrong(X509Certificate2 certificate, X509Certificate2Collection shown, X509Certificate2Collection authorities, string name, bool isServer)
    {
        using var chain = new X509Chain { ChainPolicy = PolicyOf(authorities) };
        chain.ChainPolicy.ExtraStore.AddRange(shown);
        chain.ChainPolicy.ApplicationPolicy.Add(isServer ? ServerUse : ClientUse);
        return chain.Build(certificate) ? WhatIsWrongWithName(certificate, name) : Describe(certificate, chain);
    }

    /// <summary>What is wrong with a certificate's name, or null. A wildcard or a common name is no name.</summary>
    public static string? WhatIsWrongWithName(X509Certificate2 certificate, string name) =>
        certificate.MatchesHostname(name, allowWildcards: false, allowCommonName: false) ? null : $"{certificate.Subject} does not name {name}";

    /// <summary>Why a chain was not built, for an operator.</summary>
    public static string Describe(X509Certificate2 certificate, X509Chain? chain) =>
        $"{certificate.Subject}: {string.Join(", ", (chain?.ChainStatus ?? []).Select(status => status.Status).Distinct().DefaultIfEmpty(X509ChainStatusFlags.PartialChain))}";
}
