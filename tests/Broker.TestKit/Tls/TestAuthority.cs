using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Broker.TestKit.Tls;

/// <summary>An authority of a test's own, and the files of what it signs.</summary>
public sealed class TestAuthority : IDisposable
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly string _directory;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _root;

    /// <summary>Makes one that signed itself.</summary>
    /// <param name="directory">Where its files lie; made where it is missing.</param>
    /// <param name="name">Its common name.</param>
    public TestAuthority(string directory, string name = "A test's authority")
        : this(directory, name, above: null)
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="directory">Where its files lie; made where it is missing.</param>
    /// <param name="name">Its common name.</param>
    /// <param name="above">Whoever signed it; null for itself.</param>
    public TestAuthority(string directory, string name, TestAuthority? above)
    {
        _directory = Directory.CreateDirectory(directory).FullName;
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        if (above is null)
        {
            _root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(30));
        }
        else
        {
            using var signed = request.Create(above._root, DateTimeOffset.UtcNow.AddDays(-25), DateTimeOffset.UtcNow.AddDays(25), RandomNumberGenerator.GetBytes(16));
            _root = signed.CopyWithPrivateKey(_key);
        }

        File.WriteAllText(RootFile, _root.ExportCertificatePem() + "\n");
    }

    /// <summary>Its certificate, PEM.</summary>
    public string RootFile => Path.Combine(_directory, "ca.crt");

    /// <summary>Signs a certificate and writes it and its key; their files.</summary>
    /// <param name="file">The files' name, without an ending.</param>
    /// <param name="names">Its DNS names; <c>127.0.0.1</c> is among its addresses always.</param>
    /// <param name="daysLeft">How long it lasts still; negative where it has ended.</param>
    public (string Certificate, string Key) Sign(string file, IEnumerable<string> names, double daysLeft = 7)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={file}", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        alternatives.AddIpAddress(System.Net.IPAddress.Loopback);
        foreach (var name in names) alternatives.AddDnsName(name);
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerUse), new Oid(ClientUse)], critical: false));
        using var certificate = request.Create(_root, DateTimeOffset.UtcNow.AddDays(-20), DateTimeOffset.UtcNow.AddDays(daysLeft), RandomNumberGenerator.GetBytes(16));
        var files = (Path.Combine(_directory, $"{file}.crt"), Path.Combine(_directory, $"{file}.key"));
        File.WriteAllText(files.Item1, certificate.ExportCertificatePem() + "\n");
        File.WriteAllText(files.Item2, key.ExportPkcs8PrivateKeyPem() + "\n");
        return files;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
    }
}
