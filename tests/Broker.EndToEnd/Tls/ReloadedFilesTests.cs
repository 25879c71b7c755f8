using System.Security.Cryptography.X509Certificates;
using Broker.Hosting;
using Broker.Hosting.Tls;
using Broker.TestKit.Nodes;
using Broker.TestKit.Tls;
using Microsoft.Extensions.Time.Testing;

namespace Broker.EndToEnd.Tls;

/// <summary>Certificates that are renewed while a node runs.</summary>
public sealed class ReloadedFilesTests : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly TestAuthority _authority;

    public ReloadedFilesTests() => _authority = new TestAuthority(_directory.Path);

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void A_renewed_certificate_is_taken_when_the_last_look_is_old_and_no_sooner()
    {
        var files = Open();
        var first = files.Current.TargetCertificate.Thumbprint;
        _authority.Sign("node", ["renewed"]);

        Assert.Equal(first, files.Current.TargetCertificate.Thumbprint);
        _time.Advance(Period);
        Assert.NotEqual(first, files.Current.TargetCertificate.Thumbprint);
    }

    [Fact]
    public void While_the_key_is_still_the_old_one_the_old_certificate_stays_in_use()
    {
        var files = Open();
        var (certificate, key) = _authority.Sign("next", ["renewed"]);
        var first = files.Current.TargetCertificate.Thumbprint;

        File.Copy(certificate, Path.Combine(_directory.Path, "node.crt"), overwrite: true);
        _time.Advance(Period);
        Assert.Equal(first, files.Current.TargetCertificate.Thumbprint);

        File.Copy(key, Path.Combine(_directory.Path, "node.key"), overwrite: true);
        _time.Advance(Period);
        Assert.Equal(X509CertificateLoader.LoadCertificateFromFile(certificate).Thumbprint, files.Current.TargetCertificate.Thumbprint);
    }

    [Fact]
    public void Files_that_vanish_or_hold_an_ended_certificate_leave_the_old_one_in_use()
    {
        var files = Open();
        var first = files.Current.TargetCertificate.Thumbprint;

        _authority.Sign("node", ["renewed"], daysLeft: -1);
        _time.Advance(Period);
        Assert.Equal(first, files.Current.TargetCertificate.Thumbprint);
        File.Delete(Path.Combine(_directory.Path, "node.key"));
        _time.Advance(Period);
        Assert.Equal(first, files.Current.TargetCertificate.Thumbprint);
    }

    [Fact]
    public void The_intermediates_after_a_certificate_are_shown_with_it_and_lead_to_the_root()
    {
        using var between = new TestAuthority(Path.Combine(_directory.Path, "between"), "Between", _authority);
        var (certificate, key) = between.Sign("node", ["node"]);
        File.AppendAllText(certificate, File.ReadAllText(between.RootFile));
        var roots = PemFiles.ReadCertificates(File.ReadAllBytes(_authority.RootFile));

        var identity = PemFiles.ReadIdentity(File.ReadAllBytes(certificate), File.ReadAllBytes(key), _time.GetUtcNow());

        Assert.Single(identity.IntermediateCertificates);
        Assert.Null(Trust.WhatIsWrong(identity.TargetCertificate, [.. identity.IntermediateCertificates], roots, "node", isServer: true));
        Assert.NotNull(Trust.WhatIsWrong(identity.TargetCertificate, [], roots, "node", isServer: true));
    }

    [Fact]
    public void Files_that_were_never_right_are_an_error()
    {
        var files = new ReloadedFiles<X509Certificate2Collection>([Path.Combine(_directory.Path, "none.pem")], read => PemFiles.ReadCertificates(read[0]), Period, _time);
        Assert.Contains("none.pem", Assert.Throws<NodeStartException>(files.Open).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => files.Current);
    }

    private ReloadedFiles<System.Net.Security.SslStreamCertificateContext> Open()
    {
        var (certificate, key) = _authority.Sign("node", ["node"]);
        var files = new ReloadedFiles<System.Net.Security.SslStreamCertificateContext>([certificate, key], read => PemFiles.ReadIdentity(read[0], read[1], _time.GetUtcNow()), Period, _time);
        files.Open();
        return files;
    }
}
