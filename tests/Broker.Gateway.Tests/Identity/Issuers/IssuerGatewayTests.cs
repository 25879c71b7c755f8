using Broker.Gateway.Identity;
using Broker.Gateway.Identity.Issuers;
using Broker.Gateway.Tests.Wire;
using Broker.Protos.V1;
using Broker.TestKit.Issuers;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Broker.Gateway.Tests.Identity.Issuers;

/// <summary>Tokens of a foreign issuer, over a real connection to a gateway that has an embedded key besides.</summary>
public sealed class IssuerGatewayTests : IAsyncLifetime
{
    private IssuerWorld _world = null!;
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _world = await IssuerWorld.StartAsync();
        _host = await StartAsync(_world.Options());
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task A_good_token_is_let_through_on_its_own_platform_and_on_no_other()
    {
        Assert.Equal((StatusCode.Unimplemented, null), await CallAsync(_world.Token(), "acme"));
        Assert.Equal((StatusCode.PermissionDenied, "PERMISSION_DENIED"), await CallAsync(_world.Token(), "other"));
    }

    [Fact]
    public async Task A_token_that_names_a_platform_beyond_its_issuers_is_nobodys()
    {
        var token = _world.Token(new(IssuerWorld.Admin()) { ["platform"] = "other" });
        Assert.Equal((StatusCode.Unauthenticated, "UNAUTHENTICATED"), await CallAsync(token, "other"));
        Assert.Equal((StatusCode.Unauthenticated, "UNAUTHENTICATED"), await CallAsync(token, "acme"));
    }

    [Fact]
    public async Task A_token_that_does_not_hold_is_unauthenticated()
    {
        var now = _world.Time.GetUtcNow().UtcDateTime;
        string[] tokens =
        [
            _world.Token(change: token => token.Audience = "other"),
            _world.Token(change: token => token.Issuer = "https://issuer.example"),
            _world.Token(change: token => (token.NotBefore, token.Expires) = (now.AddHours(-2), now.AddHours(-1))),
            _world.Token(change: token => (token.NotBefore, token.Expires) = (now.AddHours(1), now.AddHours(2))),
            _world.Token(key: ForeignIssuer.NewRsa("unknown")),
            _world.Token(key: ForeignIssuer.NewRsa(_world.Key.KeyId)),
            _world.Token(new(IssuerWorld.Admin()) { ["roles"] = new[] { "root" } }),
            "no token",
        ];
        foreach (var token in tokens) Assert.Equal((StatusCode.Unauthenticated, "UNAUTHENTICATED"), await CallAsync(token, "acme"));
    }

    [Fact]
    public async Task An_issuer_that_cannot_be_reached_makes_the_call_unavailable()
    {
        await using var host = await StartAsync(_world.Options(options => options.Issuer = IssuerWorld.NobodyThere));
        var token = _world.Token(change: descriptor => descriptor.Issuer = IssuerWorld.NobodyThere);
        Assert.Equal((StatusCode.Unavailable, "ISSUER_UNREACHABLE"), await CallAsync(host, token, "acme"));
    }

    [Fact]
    public async Task The_embedded_key_counts_beside_the_issuer_and_neither_signs_for_the_other()
    {
        var embedded = _host.Identity.Mint(Callers.Own(Roles.PlatformAdmin), TimeSpan.FromHours(1));
        Assert.Equal((StatusCode.Unimplemented, null), await CallAsync(embedded, "acme"));
        var now = DateTimeOffset.UtcNow;
        var posing = _world.Issuer.Write(_world.Key, "RS256", now, IssuerWorld.Admin(), token => (token.Issuer, token.Audience) = (EmbeddedIdentity.Issuer, EmbeddedIdentity.Audience));
        Assert.Equal((StatusCode.Unauthenticated, "UNAUTHENTICATED"), await CallAsync(posing, "acme"));
        Assert.Equal(0, _world.Issuer.ReadCount);
    }

    private Task<(StatusCode Code, string? Reason)> CallAsync(string token, string platform) => CallAsync(_host, token, platform);

    private static async Task<(StatusCode Code, string? Reason)> CallAsync(GatewayHost host, string token, string platform)
    {
        var options = new CallOptions(new Metadata { { "authorization", $"Bearer {token}" } });
        var error = await AnyRpc.CallAsync(host.Channel.CreateCallInvoker(), "/broker.v1.PlatformService/SetPolicy", new SetPolicyRequest { Platform = $"platforms/{platform}" }, options);
        var reason = error!.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason;
        return (error!.StatusCode, error.StatusCode == StatusCode.Unimplemented ? null : reason);
    }

    private Task<GatewayHost> StartAsync(OidcOptions options) => GatewayHost.StartAsync(BareServices.Map, (services, embedded) =>
    {
        services.AddSingleton<TimeProvider>(_world.Time);
        services.AddBrokerIdentity(embedded, [options]);
    });
}
