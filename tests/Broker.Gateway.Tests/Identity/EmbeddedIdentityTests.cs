using System.Text;
using Broker.Gateway.Identity;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Broker.Gateway.Tests.Identity;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class EmbeddedIdentityTests : IDisposable
{
    private static readonly VerifiedCaller Partner = new() { Subject = "p", Roles = Roles.Partner | Roles.Operator, Partner = "lab" };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly string _directory = Directory.CreateTempSubdirectory("identity-").FullName;

    private string KeyPath => Path.Combine(_directory, "signing-key.pem");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_minted_token_says_who_it_stands_for_also_after_a_restart()
    {
        using var first = EmbeddedIdentity.Open(_directory, _time);
        var token = first.Mint(Partner, TimeSpan.FromHours(1));
        using var second = EmbeddedIdentity.Open(_directory, _time);
        var caller = await second.ValidateAsync(token);
        Assert.Equal(Partner, caller! with { TokenDigest = "", ExpiresAt = DateTimeOffset.MaxValue });
        Assert.Equal(64, caller.TokenDigest.Length);
    }

    [Fact]
    public void The_key_is_for_its_owner_only()
    {
        using var identity = EmbeddedIdentity.Open(_directory, _time);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyPath));
        Assert.Equal([KeyPath], Directory.GetFiles(_directory));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    public void A_key_that_others_may_read_or_write_is_refused(UnixFileMode wider)
    {
        EmbeddedIdentity.Open(_directory, _time).Dispose();
        File.SetUnixFileMode(KeyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | wider);
        var exception = Assert.Throws<IdentityException>(() => EmbeddedIdentity.Open(_directory, _time));
        Assert.Contains(KeyPath, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no key at all")]
    public void A_file_that_is_no_key_is_refused_and_stays(string content)
    {
        File.WriteAllText(KeyPath, content);
        File.SetUnixFileMode(KeyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Throws<IdentityException>(() => EmbeddedIdentity.Open(_directory, _time));
        Assert.Equal(content, File.ReadAllText(KeyPath));
    }

    [Fact]
    public async Task A_token_ends_with_its_lifetime_and_thirty_seconds()
    {
        using var identity = EmbeddedIdentity.Open(_directory, _time);
        var token = identity.Mint(Partner, TimeSpan.FromMinutes(1));
        _time.Advance(TimeSpan.FromSeconds(89));
        Assert.NotNull(await identity.ValidateAsync(token));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await identity.ValidateAsync(token));
    }

    [Fact]
    public async Task An_expired_token_that_was_never_seen_is_refused_too()
    {
        using var identity = EmbeddedIdentity.Open(_directory, _time);
        var token = identity.Mint(Partner, TimeSpan.FromMinutes(1));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(await identity.ValidateAsync(token));
    }

    [Fact]
    public async Task A_token_of_another_nodes_key_is_refused()
    {
        using var identity = EmbeddedIdentity.Open(_directory, _time);
        using var other = EmbeddedIdentity.Open(Path.Combine(_directory, "other"), _time);
        Assert.Null(await identity.ValidateAsync(other.Mint(Partner, TimeSpan.FromHours(1))));
    }

    [Fact]
    public async Task A_token_that_was_changed_is_refused()
    {
        using var identity = EmbeddedIdentity.Open(_directory, _time);
        var parts = identity.Mint(Partner, TimeSpan.FromHours(1)).Split('.');
        var claims = Base64UrlEncoder.Decode(parts[1]).Replace("\"lab\"", "\"rival\"", StringComparison.Ordinal);
        Assert.Null(await identity.ValidateAsync($"{parts[0]}.{Base64UrlEncoder.Encode(claims)}.{parts[2]}"));
    }

    [Fact]
    public async Task A_token_without_a_signature_or_with_another_algorithm_is_refused()
    {
        using var identity = EmbeddedIdentity.Open(_directory, _time);
        var parts = identity.Mint(Partner, TimeSpan.FromHours(1)).Split('.');
        var none = Base64UrlEncoder.Encode("{\"alg\":\"none\",\"typ\":\"JWT\"}");
        Assert.Null(await identity.ValidateAsync($"{none}.{parts[1]}."));
        Assert.Null(await identity.ValidateAsync(SignedWithASharedSecret()));
    }

    [Theory]
    [InlineData(Roles.None, null, null, null)]
    [InlineData(Roles.Business, null, null, null)]
    [InlineData(Roles.Partner, "acme", null, null)]
    [InlineData(Roles.User, "acme", null, null)]
    [InlineData(Roles.User, null, null, "u")]
    public void A_role_without_its_tenant_is_not_minted(Roles roles, string? platform, string? partner, string? user)
    {
        using var identity = EmbeddedIdentity.Open(_directory, _time);
        var caller = new VerifiedCaller { Subject = "s", Roles = roles, Platform = platform, Partner = partner, User = user };
        Assert.Throws<ArgumentException>(() => identity.Mint(caller, TimeSpan.FromHours(1)));
    }

    [Fact]
    public void A_lifetime_beyond_thirty_days_is_not_minted()
    {
        using var identity = EmbeddedIdentity.Open(_directory, _time);
        Assert.Throws<ArgumentException>(() => identity.Mint(Partner, TimeSpan.FromDays(30) + TimeSpan.FromSeconds(1)));
    }

    private string SignedWithASharedSecret()
    {
        var key = new SymmetricSecurityKey(Encoding.UTF8.GetBytes("a secret of thirty-two bytes or more"));
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = EmbeddedIdentity.Issuer,
            Audience = EmbeddedIdentity.Audience,
            IssuedAt = _time.GetUtcNow().UtcDateTime,
            NotBefore = _time.GetUtcNow().UtcDateTime,
            Expires = _time.GetUtcNow().UtcDateTime.AddHours(1),
            Claims = new Dictionary<string, object> { ["sub"] = "p", ["roles"] = new[] { "operator" } },
            SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.HmacSha256),
        });
    }
}
