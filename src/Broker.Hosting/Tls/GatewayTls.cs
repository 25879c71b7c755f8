using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Broker.Hosting.Tls;

/// <summary>TLS between callers and a gateway.</summary>
internal sealed class GatewayTls
{
    private readonly GatewayTlsOptions _options;
    private readonly ReloadedFiles<SslStreamCertificateContext> _identity;
    private readonly ReloadedFiles<X509Certificate2Collection>? _authorities;

    private GatewayTls(GatewayTlsOptions options, TimeProvider time)
    {
        _options = options;
        _identity = new([options.Certificate!, options.Key!], files => PemFiles.ReadIdentity(files[0], files[1], time.GetUtcNow()), options.ReloadPeriod, time);
        if (options.ClientCertificates != ClientCertificates.None)
            _authorities = new([options.ClientAuthorities!], files => PemFiles.ReadCertificates(files[0]), options.ReloadPeriod, time);
    }

    /// <summary>What the options ask for; null where they name no certificate.</summary>
    /// <exception cref="NodeStartException">They are not whole, or a file is not right.</exception>
    public static GatewayTls? Open(GatewayTlsOptions options, TimeProvider time)
    {
        if (options.Certificate is null && options.Key is null)
        {
            if (options.ClientCertificates != ClientCertificates.None || options.ClientAuthorities is not null)
                throw new NodeStartException("Tls asks for clients' certificates, and has none of its own: name Tls.Certificate and Tls.Key (docs/tls.md).");
            return null;
        }

        if (options.Certificate is null || options.Key is null) throw new NodeStartException("Tls.Certificate and Tls.Key go together: name both files (docs/tls.md).");
        if (options.ClientCertificates != ClientCertificates.None && options.ClientAuthorities is null)
            throw new NodeStartException("Tls.ClientCertificates needs Tls.ClientAuthorities: the file of the roots that clients' certificates lead to (docs/tls.md).");
        if (options.ClientCertificates == ClientCertificates.None && options.ClientAuthorities is not null)
            throw new NodeStartException("Tls.ClientAuthorities is named, and nobody is asked for a certificate: set Tls.ClientCertificates to Allow or Require, or take it out.");
        var tls = new GatewayTls(options, time);
        tls._identity.Open();
        tls._authorities?.Open();
        return tls;
    }

    /// <summary>Tells changes of the files from now on.</summary>
    public void LogTo(ILogger logger)
    {
        _identity.Logger = logger;
        if (_authorities is not null) _authorities.Logger = logger;
    }

    /// <summary>Puts it before an endpoint.</summary>
    public void Use(ListenOptions endpoint) => endpoint.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(Handshake()) });

    private SslServerAuthenticationOptions Handshake() => new()
    {
        ServerCertificateContext = _identity.Current,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateRequired = _authorities is not null,
        CertificateChainPolicy = _authorities is null ? null : Trust.PolicyOf(_authorities.Current),
        RemoteCertificateValidationCallback = (_, certificate, _, errors) => IsWelcome(certificate, errors),
    };

    private bool IsWelcome(X509Certificate? certificate, SslPolicyErrors errors) =>
        certificate is null ? _options.ClientCertificates != ClientCertificates.Require : errors == SslPolicyErrors.None;
}
