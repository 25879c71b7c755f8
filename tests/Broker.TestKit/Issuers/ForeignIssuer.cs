using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Broker.TestKit.Issuers;

/// <summary>An issuer of tokens on a loopback port: discovery, keys, and a pen. It says what the test has it say.</summary>
public sealed class ForeignIssuer : IAsyncDisposable
{
    public const string Audience = "broker.example";

    private readonly WebApplication _app;
    private readonly JsonWebTokenHandler _pen = new() { SetDefaultTimesOnTokenCreation = false };
    private volatile IReadOnlyList<JsonObject> _published = [];
    private int _readCount;

    private ForeignIssuer(WebApplication app) => _app = app;

    public string Address { get; private set; } = "";

    /// <summary>What discovery says instead of the truth, where it does.</summary>
    public string? ClaimedIssuer { get; set; }

    public string? ClaimedKeys { get; set; }

    /// <summary>Whether every request fails.</summary>
    public bool IsDown { get; set; }

    /// <summary>Whether discovery sends readers elsewhere.</summary>
    public bool IsRedirecting { get; set; }

    /// <summary>How often discovery was asked for.</summary>
    public int ReadCount => Volatile.Read(ref _readCount);

    public static async Task<ForeignIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var issuer = new ForeignIssuer(app);
        app.MapGet("/.well-known/openid-configuration", issuer.Discovery);
        app.MapGet("/elsewhere", issuer.Document);
        app.MapGet("/keys", issuer.Keys);
        await app.StartAsync();
        issuer.Address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return issuer;
    }

    /// <summary>Makes these its keys, and no others.</summary>
    public void Publish(params IEnumerable<SecurityKey> keys) => _published = [.. keys.Select(PublicPartOf)];

    /// <summary>Writes a token; what is null is left out.</summary>
    public string Write(SecurityKey key, string algorithm, DateTimeOffset now, IDictionary<string, object> claims, Action<SecurityTokenDescriptor>? change = null)
    {
        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = Address,
            Audience = Audience,
            NotBefore = now.UtcDateTime,
            Expires = now.AddMinutes(5).UtcDateTime,
            Claims = claims,
            SigningCredentials = new SigningCredentials(key, algorithm),
        };
        change?.Invoke(descriptor);
        return _pen.CreateToken(descriptor);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    public static RsaSecurityKey NewRsa(string id, int bits = 2048) => new(RSA.Create(bits)) { KeyId = id, CryptoProviderFactory = Uncached() };

    public static ECDsaSecurityKey NewEcdsa(string id) => new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = id, CryptoProviderFactory = Uncached() };

    private static CryptoProviderFactory Uncached() => new() { CacheSignatureProviders = false };

    private IResult Discovery()
    {
        Interlocked.Increment(ref _readCount);
        return IsRedirecting ? Results.Redirect("/elsewhere") : Document();
    }

    private IResult Document() => IsDown
        ? Results.StatusCode(StatusCodes.Status503ServiceUnavailable)
        : Results.Json(new JsonObject { ["issuer"] = ClaimedIssuer ?? Address, ["jwks_uri"] = ClaimedKeys ?? $"{Address}/keys" });

    private IResult Keys() => IsDown
        ? Results.StatusCode(StatusCodes.Status503ServiceUnavailable)
        : Results.Json(new JsonObject { ["keys"] = new JsonArray([.. _published.Select(key => key.DeepClone())]) });

    private static JsonObject PublicPartOf(SecurityKey key)
    {
        var jwk = new JsonObject { ["kid"] = key.KeyId, ["use"] = "sig" };
        switch (key)
        {
            case RsaSecurityKey { Rsa: var rsa }:
                var modulus = rsa.ExportParameters(includePrivateParameters: false);
                (jwk["kty"], jwk["n"], jwk["e"]) = ("RSA", Base64UrlEncoder.Encode(modulus.Modulus), Base64UrlEncoder.Encode(modulus.Exponent));
                return jwk;
            case ECDsaSecurityKey { ECDsa: var ecdsa }:
                var point = ecdsa.ExportParameters(includePrivateParameters: false).Q;
                (jwk["kty"], jwk["crv"], jwk["x"], jwk["y"]) = ("EC", "P-256", Base64UrlEncoder.Encode(point.X), Base64UrlEncoder.Encode(point.Y));
                return jwk;
            case SymmetricSecurityKey { Key: var secret }:
                (jwk["kty"], jwk["k"]) = ("oct", Base64UrlEncoder.Encode(secret));
                return jwk;
            default:
                throw new ArgumentException($"{key.GetType().Name} is published by nobody.", nameof(key));
        }
    }
}
