using Broker.Gateway.Identity;
using Broker.Gateway.Identity.Issuers;

namespace Broker.Gateway.Tests.Identity.Issuers;

/// <summary>Goal: an issuer is believed as far as its settings say, and no further.</summary>
public sealed class IssuerScopeTests : IAsyncLifetime
{
    private IssuerWorld _world = null!;

    public async Task InitializeAsync() => _world = await IssuerWorld.StartAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    /// <summary>Platforms; partners; roles; a token's roles, platform, partner, user; the roles that it has then, or none.</summary>
    public static TheoryData<string, string, string, string, string?, string?, string?, Roles> Table => new()
    {
        { "acme", "", "", "platform-admin", "acme", null, null, Roles.PlatformAdmin },
        { "acme", "", "", "platform-admin", "other", null, null, Roles.None },
        { "acme", "", "", "platform-admin", "ACME", null, null, Roles.None },
        { "acme", "", "", "platform-admin", "*", null, null, Roles.None },
        { "acme", "", "", "platform-admin", null, null, null, Roles.None },
        { "acme other", "", "", "business approver", "other", null, null, Roles.Business | Roles.Approver },
        { "*", "", "", "platform-admin", "any", null, null, Roles.PlatformAdmin },
        { "acme", "", "", "user", "acme", null, "u/1", Roles.User },
        { "acme", "", "", "user", "other", null, "u/1", Roles.None },
        { "acme", "", "", "user", "acme", null, null, Roles.None },
        // A partner is nobody's platform's: who is confined to one speaks for no partner, and cannot slip one in.
        { "acme", "", "", "partner", null, "lab", null, Roles.None },
        { "acme", "", "", "partner", "acme", "lab", null, Roles.None },
        { "acme", "", "", "business partner", "acme", "lab", null, Roles.None },
        { "", "lab", "", "partner", null, "lab", null, Roles.Partner },
        { "", "lab", "", "partner", null, "rival", null, Roles.None },
        { "", "lab", "", "partner business", "acme", "lab", null, Roles.None },
        { "", "*", "", "partner", null, "rival", null, Roles.Partner },
        { "*", "lab", "", "partner", null, "rival", null, Roles.None },
        // Operators and auditors are given by name, and those of every platform by who may speak for each.
        { "*", "", "", "operator", null, null, null, Roles.None },
        { "*", "", "operator", "operator auditor", null, null, null, Roles.Operator },
        { "*", "", "operator auditor", "auditor", null, null, null, Roles.Auditor },
        { "acme", "", "operator auditor", "auditor", null, null, null, Roles.None },
        { "acme", "", "operator auditor", "auditor", "acme", null, null, Roles.Auditor },
        { "acme", "", "operator auditor", "operator business", null, null, null, Roles.None },
        { "", "lab", "partner operator", "partner operator", null, "lab", null, Roles.None },
        // What it may not give, it has not given.
        { "acme", "", "business", "business approver", "acme", null, null, Roles.Business },
        { "acme", "", "business", "approver", "acme", null, null, Roles.None },
        { "acme", "", "", "root", "acme", null, null, Roles.None },
        { "acme", "", "", "Business", "acme", null, null, Roles.None },
        { "acme", "", "", "root business", "acme", null, null, Roles.Business },
        { "acme", "", "", "", "acme", null, null, Roles.None },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public async Task A_token_makes_what_its_issuer_may_make(string platforms, string partners, string roles, string given, string? platform, string? partner, string? user, Roles expected)
    {
        var identity = _world.Identity(options => (options.Platforms, options.Partners, options.Roles) = (Words(platforms), Words(partners), Words(roles)));
        var claims = new Dictionary<string, object> { ["sub"] = "ann", ["roles"] = Words(given) };
        if (platform is not null) claims["platform"] = platform;
        if (partner is not null) claims["partner"] = partner;
        if (user is not null) claims["user"] = user;
        var caller = await identity.ValidateAsync(_world.Token(claims));
        Assert.Equal(expected, caller?.Roles ?? Roles.None);
    }

    [Fact]
    public async Task Claims_may_have_other_names_and_lie_deeper()
    {
        var identity = _world.Identity(options => options.Claims = new OidcClaimOptions { Subject = "client_id", Roles = "/realm_access/roles", Platform = "https://acme.example/platform", User = "sub" });
        var caller = await identity.ValidateAsync(_world.Token(new()
        {
            ["sub"] = "2026-01-01",
            ["client_id"] = "app",
            ["realm_access"] = new Dictionary<string, object> { ["roles"] = new[] { "offline_access", "user" } },
            ["https://acme.example/platform"] = "acme",
            ["roles"] = new[] { "platform-admin" },
        }));
        Assert.Equal(("app", Roles.User, "acme", "2026-01-01"), (caller!.Subject, caller.Roles, caller.Platform, caller.User));
    }

    [Fact]
    public async Task One_role_may_be_a_text()
    {
        var caller = await _world.Identity().ValidateAsync(_world.Token(new() { ["sub"] = "ann", ["roles"] = "business", ["platform"] = "acme" }));
        Assert.Equal(Roles.Business, caller!.Roles);
    }

    [Fact]
    public async Task A_claim_of_another_type_is_none()
    {
        var identity = _world.Identity();
        Assert.Null(await identity.ValidateAsync(_world.Token(new() { ["sub"] = "ann", ["roles"] = 1, ["platform"] = "acme" })));
        Assert.Null(await identity.ValidateAsync(_world.Token(new() { ["sub"] = 5, ["roles"] = "business", ["platform"] = "acme" })));
        Assert.Null(await identity.ValidateAsync(_world.Token(new() { ["sub"] = "ann", ["roles"] = "business", ["platform"] = new[] { "acme", "other" } })));
    }

    [Fact]
    public async Task A_subject_stands_under_its_issuers_prefix()
    {
        var caller = await _world.Identity(options => options.SubjectPrefix = "staff").ValidateAsync(_world.Token());
        Assert.Equal("staff:ann", caller!.Subject);
    }

    [Fact]
    public async Task A_subject_that_is_missing_is_not_made_by_the_prefix() =>
        Assert.Null(await _world.Identity(options => options.SubjectPrefix = "staff").ValidateAsync(_world.Token(new() { ["roles"] = "business", ["platform"] = "acme" })));

    [Fact]
    public async Task A_role_that_needs_a_certificate_is_refused_to_a_token_that_is_bound_to_none()
    {
        var identity = _world.Identity(options => (options.Platforms, options.Partners, options.CertificateRequiredRoles) = ([], ["lab"], ["partner"]));
        var bound = Convert.ToBase64String(new byte[32]).TrimEnd('=');
        Assert.Null(await identity.ValidateAsync(_world.Token(Partner())));
        Assert.Equal(bound, (await identity.ValidateAsync(_world.Token(Partner(new() { ["x5t#S256"] = bound }))))!.CertificateThumbprint);
    }

    [Fact]
    public async Task A_token_that_is_bound_to_what_cannot_be_checked_is_refused()
    {
        var identity = _world.Identity(options => (options.Platforms, options.Partners) = ([], ["lab"]));
        Dictionary<string, object>[] bonds =
        [
            [], new() { ["jkt"] = "abc" }, new() { ["x5t#S256"] = 5 }, new() { ["x5t#S256"] = "" }, new() { ["x5t#S256"] = "no base64!" },
            new() { ["x5t#S256"] = Convert.ToBase64String(new byte[31]).TrimEnd('=') },
            new() { ["x5t#S256"] = Convert.ToBase64String(new byte[32]).TrimEnd('='), ["jkt"] = "abc" },
        ];
        Assert.NotNull(await identity.ValidateAsync(_world.Token(Partner())));
        foreach (var bond in bonds) Assert.Null(await identity.ValidateAsync(_world.Token(Partner(bond))));
        Assert.Null(await identity.ValidateAsync(_world.Token(new(Partner()) { ["cnf"] = "abc" })));
    }

    private static Dictionary<string, object> Partner(Dictionary<string, object>? bond = null)
    {
        var claims = new Dictionary<string, object> { ["sub"] = "lab", ["roles"] = new[] { "partner" }, ["partner"] = "lab" };
        if (bond is not null) claims["cnf"] = bond;
        return claims;
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
