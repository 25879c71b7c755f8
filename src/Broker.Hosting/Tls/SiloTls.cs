using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Connections.Security;

namespace Broker.Hosting.Tls;

/// <summary>TLS between the nodes of a cluster: both ends show a certificate, and take none but the cluster's.</summary>
internal sealed class SiloTls
{
    private readonly string _name;
    private readonly ReloadedFiles<SslStreamCertificateContext> _identity;
    private readonly ReloadedFiles<X509Certificate2Collection> _authorities;
    private ILogger _logger = NullLogger.Instance;

    private SiloTls(SiloTlsOptions options, TimeProvider time)
    {
        _name = options.Name;
        _identity = new([options.Certificate!, options.Key!], files => PemFiles.ReadIdentity(files[0], files[1], time.GetUtcNow()), options.ReloadPeriod, time);
        _authorities = new([options.Authorities!], files => PemFiles.ReadCertificates(files[0]), options.ReloadPeriod, time);
    }

    /// <summary>What the options ask for; null where they name no file.</summary>
    /// <exception cref="NodeStartException">They are not whole, a file is not right, or the other nodes would refuse the certificate.</exception>
    public static SiloTls? Open(SiloTlsOptions options, TimeProvider time)
    {
        if (options.Certificate is null && options.Key is null && options.Authorities is null) return null;
        if (options.Certificate is null || options.Key is null || options.Authorities is null)
            throw new NodeStartException("SiloTls.Certificate, SiloTls.Key and SiloTls.Authorities go together: name all three files (docs/tls.md).");
        var tls = new SiloTls(options, time);
        tls._identity.Open();
        tls._authorities.Open();
        tls.RequireOwn(options);
        return tls;
    }

    /// <summary>Tells refusals, and changes of the files, from now on.</summary>
    public void LogTo(ILogger logger) => (_logger, _identity.Logger, _authorities.Logger) = (logger, logger, logger);

    /// <summary>Puts it into a silo's or a client's connections.</summary>
    public void Apply(Orleans.Connections.Security.TlsOptions options)
    {
        options.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.RemoteCertificateValidation = IsOfCluster;
        options.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        // Orleans asks for a certificate; what is used is the context below, which has the intermediates too, and is renewed.
        options.LocalCertificate = _identity.Current.TargetCertificate;
        options.OnAuthenticateAsServer = (_, authentication) =>
        {
            var server = (SslServerAuthenticationOptions)authentication.SslServerAuthenticationOptions;
            (server.ServerCertificateSelectionCallback, server.ServerCertificateContext) = (null, _identity.Current);
            server.ClientCertificateRequired = true;
            server.CertificateChainPolicy = Trust.PolicyOf(_authorities.Current);
        };
        options.OnAuthenticateAsClient = (_, authentication) =>
        {
            var client = (SslClientAuthenticationOptions)authentication.SslClientAuthenticationOptions;
            (client.LocalCertificateSelectionCallback, client.ClientCertificateContext) = (null, _identity.Current);
            client.TargetHost = _name;
            client.CertificateChainPolicy = Trust.PolicyOf(_authorities.Current);
        };
    }

    // The chain was built by the rule above. The name is looked at here, in full: a common name, or a wildcard, is none.
    private bool IsOfCluster(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var wrong = (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) != SslPolicyErrors.None
            ? Trust.Describe(certificate, chain)
            : Trust.WhatIsWrongWithName(certificate, _name);
        if (wrong is not null) TlsLog.PeerRefused(_logger, wrong);
        return wrong is null;
    }

    private void RequireOwn(SiloTlsOptions options)
    {
        var own = _identity.Current;
        foreach (var isServer in (bool[])[true, false])
        {
            if (Trust.WhatIsWrong(own.TargetCertificate, [.. own.IntermediateCertificates], _authorities.Current, _name, isServer) is { } wrong)
                throw new NodeStartException($"The other nodes would refuse {options.Certificate}: {wrong}. It must lead to a root in {options.Authorities}, serve as server and as client, and name {_name} (docs/tls.md).");
        }
    }
}
