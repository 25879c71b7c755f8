using System.Security.Cryptography;
using System.Text;
using Broker.Gateway.Identity;
using Broker.Gateway.Identity.Issuers;
using Broker.TestKit.Issuers;
using Microsoft.IdentityModel.Tokens;

namespace Broker.Gateway.Tests.Identity.Issuers;

/// <summary>Goal: a token counts only if the issuer itself signed it, for this audience, in its time. Method: a real issuer on loopback, every
/// forgery that is known of the format beside a token that is the same but good.</summary>
public sealed class OidcIdentityTests : IAsyncLifetime
{
    private IssuerWorld _world = null!;

    public async Task InitializeAsync() => _world = await IssuerWorld.StartAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_good_token_says_who_calls()
    {
        var token = _world.Token();
        var caller = await _world.Identity().ValidateAsync(token);
        Assert.Equal(("ann", Roles.PlatformAdmin, "acme"), (caller!.Subject, caller.Roles, caller.Platform));
        Assert.Equal((null, null, null), (caller.Partner, caller.User, caller.CertificateThumbprint));
        Assert.Equal(_world.Time.GetUtcNow().AddMinutes(5), caller.ExpiresAt);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token))), caller.TokenDigest);
    }

    [Theory]
    [InlineData(SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSha512)]
    [InlineData(SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha256)]
    [InlineData(null, SecurityAlgorithms.RsaSha256)]
    public async Task An_algorithm_that_is_allowed_is_taken(string? allowed, string algorithm) =>
        Assert.NotNull(await _world.Identity(options => Allow(options, allowed)).ValidateAsync(_world.Token(algorithm: algorithm)));

    [Theory]
    [InlineData(SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.RsaSha256)]
    [InlineData(SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSsaPssSha256)]
    [InlineData(null, SecurityAlgorithms.RsaSha384)]
    public async Task An_algorithm_that_is_not_allowed_is_refused_though_the_signature_holds(string? allowed, string algorithm) =>
        Assert.Null(await _world.Identity(options => Allow(options, allowed)).ValidateAsync(_world.Token(algorithm: algorithm)));

    [Fact]
    public async Task A_key_on_an_elliptic_curve_is_taken()
    {
        var key = ForeignIssuer.NewEcdsa("curve");
        _world.Issuer.Publish(key);
        Assert.NotNull(await _world.Identity().ValidateAsync(_world.Token(key: key, algorithm: SecurityAlgorithms.EcdsaSha256)));
    }

    [Fact]
    public async Task A_token_without_a_signature_is_refused()
    {
        var parts = _world.Token().Split('.');
        foreach (var algorithm in new[] { "none", "None", "NONE", "" })
        {
            var header = Base64UrlEncoder.Encode($$"""{"alg":"{{algorithm}}","typ":"JWT","kid":"first"}""");
            Assert.Null(await _world.Identity().ValidateAsync($"{header}.{parts[1]}."));
            Assert.Null(await _world.Identity().ValidateAsync($"{header}.{parts[1]}.{parts[2]}"));
        }

        Assert.Null(await _world.Identity().ValidateAsync($"{parts[0]}.{parts[1]}."));
    }

    [Fact]
    public async Task A_token_signed_with_the_public_key_as_a_shared_secret_is_refused()
    {
        byte[][] secrets = [_world.Key.Rsa.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(_world.Key.Rsa.ExportSubjectPublicKeyInfoPem()), _world.Key.Rsa.ExportRSAPublicKey()];
        foreach (var secret in secrets)
        {
            var key = new SymmetricSecurityKey(secret) { KeyId = _world.Key.KeyId };
            Assert.Null(await _world.Identity().ValidateAsync(_world.Token(key: key, algorithm: SecurityAlgorithms.HmacSha256)));
        }
    }

    [Fact]
    public async Task A_shared_secret_that_the_issuer_publishes_is_no_key()
    {
        var secret = new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(64)) { KeyId = "secret" };
        _world.Issuer.Publish(_world.Key, secret);
        var identity = _world.Identity();
        Assert.NotNull(await identity.ValidateAsync(_world.Token()));
        Assert.Null(await identity.ValidateAsync(_world.Token(key: secret, algorithm: SecurityAlgorithms.HmacSha256)));
    }

    [Fact]
    public async Task A_token_for_somebody_else_or_of_somebody_else_is_refused()
    {
        var identity = _world.Identity();
        Assert.NotNull(await identity.ValidateAsync(_world.Token(change: token => token.Audience = null, claims: With("aud", new[] { "other", ForeignIssuer.Audience }))));
        Assert.Null(await identity.ValidateAsync(_world.Token(change: token => token.Audience = "other")));
        Assert.Null(await identity.ValidateAsync(_world.Token(change: token => token.Audience = null)));
        Assert.Null(await identity.ValidateAsync(_world.Token(change: token => token.Issuer = "https://issuer.example")));
        Assert.Null(await identity.ValidateAsync(_world.Token(change: token => token.Issuer = null)));
        Assert.Null(await identity.ValidateAsync(_world.Token(change: token => token.Issuer = $"{_world.Issuer.Address}/")));
    }

    [Fact]
    public async Task A_token_counts_from_its_begin_to_its_end_with_thirty_seconds_on_either_side()
    {
        var identity = _world.Identity();
        var now = _world.Time.GetUtcNow().UtcDateTime;
        Assert.NotNull(await identity.ValidateAsync(_world.Token(change: token => token.NotBefore = now.AddSeconds(30))));
        Assert.Null(await identity.ValidateAsync(_world.Token(change: token => token.NotBefore = now.AddSeconds(31))));
        Assert.NotNull(await identity.ValidateAsync(_world.Token(change: token => (token.NotBefore, token.Expires) = (null, now.AddSeconds(-29)))));
        Assert.Null(await identity.ValidateAsync(_world.Token(change: token => (token.NotBefore, token.Expires) = (null, now.AddSeconds(-30)))));
        Assert.Null(await identity.ValidateAsync(_world.Token(change: token => token.Expires = null)));
    }

    [Fact]
    public async Task A_token_that_was_good_ends_in_its_time()
    {
        var identity = _world.Identity();
        var token = _world.Token();
        _world.Time.Advance(TimeSpan.FromSeconds(329));
        Assert.NotNull(await identity.ValidateAsync(token));
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await identity.ValidateAsync(token));
    }

    [Fact]
    public async Task A_token_that_was_changed_anywhere_is_refused()
    {
        var token = _world.Token();
        var parts = token.Split('.');
        var identity = _world.Identity();
        var claims = Base64UrlEncoder.Decode(parts[1]).Replace("acme", "acne", StringComparison.Ordinal);
        Assert.Null(await identity.ValidateAsync($"{parts[0]}.{Base64UrlEncoder.Encode(claims)}.{parts[2]}"));
        // Every third character is enough; the last one has bits that no byte has.
        for (var at = 0; at < token.Length - 1; at += 3)
        {
            var other = token[at] == 'A' ? 'B' : 'A';
            Assert.Null(await Record($"{token[..at]}{other}{token[(at + 1)..]}"));
        }

        async Task<VerifiedCaller?> Record(string changed)
        {
            try
            {
                return await identity.ValidateAsync(changed);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"{changed} was neither taken nor refused.", failure);
            }
        }
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("""{"alg":"RS256"}""", "{}")]
    [InlineData("""{"alg":"RS256","kid":5}""", """{"iss":5}""")]
    [InlineData("""{"alg":["RS256"],"kid":"first"}""", """{"iss":["a"],"exp":"soon"}""")]
    [InlineData("""{"alg":"RS256","kid":"first"}""", "[]")]
    [InlineData("""{"alg":"RS256","kid":"first"}""", """{"exp":1e300}""")]
    [InlineData("""{"alg":"RS256","kid":null}""", """{"iss":null}""")]
    [InlineData("[]", "5")]
    public async Task What_is_no_token_is_refused_and_nothing_else(string header, string claims)
    {
        var token = $"{Base64UrlEncoder.Encode(header)}.{Base64UrlEncoder.Encode(claims)}.c2lnbmF0dXJl";
        var identity = _world.Identity();
        using var routing = new IssuerRouting(null, [identity]);
        Assert.Null(await identity.ValidateAsync(token));
        Assert.Null(await routing.ValidateAsync(token));
        Assert.Null(await routing.ValidateAsync(header));
    }

    [Fact]
    public async Task A_token_that_demands_what_nobody_understands_is_refused()
    {
        var token = _world.Token(change: descriptor => descriptor.AdditionalHeaderClaims = new Dictionary<string, object> { ["crit"] = new[] { "b64" } });
        Assert.Null(await _world.Identity().ValidateAsync(token));
    }

    [Fact]
    public async Task A_key_in_the_token_itself_is_not_believed()
    {
        var own = ForeignIssuer.NewRsa("own");
        var jwk = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(own.Rsa.ExportParameters(includePrivateParameters: false)));
        var token = _world.Token(key: own, change: descriptor => descriptor.AdditionalHeaderClaims = new Dictionary<string, object>
        {
            ["jwk"] = new Dictionary<string, object> { ["kty"] = "RSA", ["n"] = jwk.N, ["e"] = jwk.E },
            ["jku"] = $"{_world.Issuer.Address}/keys",
        });
        Assert.Null(await _world.Identity().ValidateAsync(token));
    }

    [Fact]
    public async Task A_token_that_names_no_key_is_refused() =>
        Assert.Null(await _world.Identity().ValidateAsync(_world.Token(key: new RsaSecurityKey(_world.Key.Rsa))));

    [Fact]
    public async Task A_token_that_is_too_long_is_refused()
    {
        var identity = _world.Identity();
        Assert.NotNull(await identity.ValidateAsync(_world.Token(With("filler", new string('x', 4_000)))));
        Assert.Null(await identity.ValidateAsync(_world.Token(With("filler", new string('x', 7_000)))));
    }

    private static void Allow(OidcOptions options, string? algorithm)
    {
        if (algorithm is not null) options.Algorithms.Add(algorithm);
    }

    private static Dictionary<string, object> With(string name, object value) => new(IssuerWorld.Admin()) { [name] = value };
}
