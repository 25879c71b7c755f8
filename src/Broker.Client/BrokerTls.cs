using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Broker.Client;

/// <summary>Whom a client takes for the broker, and how it shows who it is itself. Without it: the machine's roots, and no certificate.</summary>
public sealed record BrokerTls
{
    /// <summary>The roots that a gateway's certificate must lead to, in place of the machine's. Null: the machine's.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>The client's own certificate with its key and intermediates, for gateways that ask for one, and for tokens that are bound to
    /// one (RFC 8705). Null: none.</summary>
    public SslStreamCertificateContext? Certificate { get; init; }

    /// <summary>Reads PEM files.</summary>
    /// <param name="authorities">The roots, or null.</param>
    /// <param name="certificate">The client's certificate, then the intermediates in order; or null.</param>
    /// <param name="key">Its private key, unencrypted; goes with <paramref name="certificate"/>.</param>
    /// <exception cref="ArgumentException">One of certificate and key is there without the other.</exception>
    /// <exception cref="IOException">A file cannot be read, or does not hold what it should; the message names it.</exception>
    public static BrokerTls FromFiles(string? authorities, string? certificate, string? key)
    {
        if ((certificate is null) != (key is null)) throw new ArgumentException("A certificate and its key go together.", certificate is null ? nameof(certificate) : nameof(key));
        return new BrokerTls
        {
            Authorities = authorities is null ? null : Named(authorities, () => CertificatesOf(authorities)),
            Certificate = certificate is null ? null : Named($"{certificate} and {key}", () => ContextOf(certificate, key!)),
        };
    }

    /// <summary>Puts it into a handler.</summary>
    internal void Apply(SslClientAuthenticationOptions options)
    {
        if (Authorities is { } roots)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck, // a root of one's own seldom has a service for it
                DisableCertificateDownloads = true,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(roots);
        }

        options.ClientCertificateContext = Certificate;
    }

    private static SslStreamCertificateContext ContextOf(string certificate, string key)
    {
        using var read = X509Certificate2.CreateFromPemFile(certificate, key);
        var intermediates = CertificatesOf(certificate);
        intermediates.RemoveAt(0);
        // SChannel takes no key that lives in memory alone.
        return SslStreamCertificateContext.Create(X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null), intermediates, offline: true);
    }

    private static X509Certificate2Collection CertificatesOf(string file)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(file);
        return all.Count > 0 ? all : throw new CryptographicException("it holds no certificate in PEM");
    }

    private static T Named<T>(string files, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (CryptographicException failure)
        {
            throw new IOException($"{files}: {failure.Message}", failure);
        }
    }
}
