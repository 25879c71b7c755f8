using Broker.Gateway.Identity.Issuers;
using Broker.TestKit.Issuers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Tokens;

namespace Broker.Gateway.Tests.Identity.Issuers;

/// <summary>A foreign issuer with one RSA key, and a clock that only the test moves.</summary>
internal sealed class IssuerWorld : IAsyncDisposable
{
    /// <summary>An issuer whose port nobody may take.</summary>
    public const string NobodyThere = "http://127.0.0.1:1";

    private readonly List<OidcIdentity> _identities = [];

    private IssuerWorld(ForeignIssuer issuer) => Issuer = issuer;

    public ForeignIssuer Issuer { get; }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public RsaSecurityKey Key { get; } = ForeignIssuer.NewRsa("first");

    public static async Task<IssuerWorld> StartAsync()
    {
        var world = new IssuerWorld(await ForeignIssuer.StartAsync());
        world.Issuer.Publish(world.Key);
        return world;
    }

    /// <summary>Settings that believe it for the platform "acme".</summary>
    public OidcOptions Options(Action<OidcOptions>? change = null)
    {
        var options = new OidcOptions { Issuer = Issuer.Address, Audience = ForeignIssuer.Audience, Platforms = ["acme"] };
        change?.Invoke(options);
        return options;
    }

    public OidcIdentity Identity(Action<OidcOptions>? change = null)
    {
        var identity = new OidcIdentity(Options(change), Time, NullLogger<OidcIdentity>.Instance);
        _identities.Add(identity);
        return identity;
    }

    /// <summary>Claims of acme's admin.</summary>
    public static Dictionary<string, object> Admin() => new() { ["sub"] = "ann", ["roles"] = new[] { "platform-admin" }, ["platform"] = "acme" };

    /// <summary>A token by the key, or another one.</summary>
    public string Token(Dictionary<string, object>? claims = null, Action<SecurityTokenDescriptor>? change = null, SecurityKey? key = null, string algorithm = SecurityAlgorithms.RsaSha256) =>
        Issuer.Write(key ?? Key, algorithm, Time.GetUtcNow(), claims ?? Admin(), change);

    public async ValueTask DisposeAsync()
    {
        foreach (var identity in _identities) identity.Dispose();
        await Issuer.DisposeAsync();
        Key.Rsa.Dispose();
    }
}
