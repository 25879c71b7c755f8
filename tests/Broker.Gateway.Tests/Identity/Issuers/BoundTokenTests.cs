using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Broker.Gateway.Identity;
using Broker.Gateway.Tests.Wire;
using Broker.Protos.V1;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Broker.Gateway.Tests.Identity.Issuers;

/// <summary>Tokens that are bound to a client certificate, over real TLS.</summary>
public sealed class BoundTokenTests : IAsyncLifetime
{
    private readonly X509Certificate2 _server = SelfSigned("localhost");
    private readonly X509Certificate2 _partner = SelfSigned("lab");
    private readonly X509Certificate2 _other = SelfSigned("lab");
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync(BareServices.Map, (_, _) => { }, listen => listen.UseHttps(_server, https =>
    {
        https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
        https.AllowAnyClientCertificate();
    }));

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        foreach (var certificate in new[] { _server, _partner, _other }) certificate.Dispose();
    }

    [Fact]
    public async Task A_bound_token_counts_with_its_certificate_alone()
    {
        var token = Mint(CertificateBinding.ThumbprintOf(_partner));
        Assert.Equal(StatusCode.Unimplemented, (await CallAsync(token, _partner)).Code);
        Assert.Equal((StatusCode.Unauthenticated, "CERTIFICATE_MISMATCH"), await CallAsync(token, _other));
        Assert.Equal((StatusCode.Unauthenticated, "CERTIFICATE_MISMATCH"), await CallAsync(token, null));
    }

    [Fact]
    public async Task A_token_that_is_bound_to_nothing_counts_with_any_certificate_and_with_none()
    {
        var token = Mint(null);
        Assert.Equal(StatusCode.Unimplemented, (await CallAsync(token, _other)).Code);
        Assert.Equal(StatusCode.Unimplemented, (await CallAsync(token, null)).Code);
    }

    private string Mint(string? thumbprint) => _host.Identity.Mint(Callers.Own(Roles.Partner) with { CertificateThumbprint = thumbprint }, TimeSpan.FromHours(1));

    private async Task<(StatusCode Code, string? Reason)> CallAsync(string token, X509Certificate2? certificate)
    {
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, found, _, _) => found?.GetCertHashString() == _server.GetCertHashString(),
                ClientCertificates = certificate is null ? null : [certificate],
            },
        };
        using var channel = GrpcChannel.ForAddress(_host.Address, new GrpcChannelOptions { HttpHandler = handler });
        var options = new CallOptions(new Metadata { { "authorization", $"Bearer {token}" } });
        var error = await AnyRpc.CallAsync(channel.CreateCallInvoker(), "/broker.v1.PullService/ConfirmSlices", new ConfirmSlicesRequest { Deal = "platforms/acme/deals/pact" }, options);
        return (error!.StatusCode, error.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason);
    }

    private static X509Certificate2 SelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
