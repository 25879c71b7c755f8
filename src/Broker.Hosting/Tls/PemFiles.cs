using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Broker.Hosting.Tls;

/// <summary>Reads certificates and keys from PEM.</summary>
internal static class PemFiles
{
    /// <summary>A certificate with its key and the intermediates after it, ready for handshakes.</summary>
    /// <param name="certificates">The certificate's file: itself first.</param>
    /// <param name="key">The key's file.</param>
    /// <param name="now">It must be valid now.</param>
    /// <exception cref="CryptographicException">They are not that; the message says what is wrong.</exception>
    public static SslStreamCertificateContext ReadIdentity(byte[] certificates, byte[] key, DateTimeOffset now)
    {
        var pem = Encoding.UTF8.GetString(certificates);
        var all = ReadCertificates(certificates);
        using var read = WithKey(pem, Encoding.UTF8.GetString(key));
        CheckTime(read, now);
        // SChannel takes no key that lives in memory alone.
        var own = X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
        all.RemoveAt(0);
        return SslStreamCertificateContext.Create(own, all, offline: true);
    }

    /// <summary>The certificates of a file, in its order.</summary>
    /// <exception cref="CryptographicException">There is none.</exception>
    public static X509Certificate2Collection ReadCertificates(byte[] file)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPem(Encoding.UTF8.GetString(file));
        return all.Count > 0 ? all : throw new CryptographicException("It holds no certificate in PEM.");
    }

    private static X509Certificate2 WithKey(string certificate, string key)
    {
        try
        {
            return X509Certificate2.CreateFromPem(certificate, key);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            throw new CryptographicException("The key is no unencrypted private key in PEM, or not the certificate's.", failure);
        }
    }

    private static void CheckTime(X509Certificate2 certificate, DateTimeOffset now)
    {
        if (now >= certificate.NotAfter) throw new CryptographicException($"The certificate {certificate.Subject} ended on {certificate.NotAfter.ToUniversalTime():u}.");
        if (now < certificate.NotBefore) throw new CryptographicException($"The certificate {certificate.Subject} begins only on {certificate.NotBefore.ToUniversalTime():u}.");
    }
}
