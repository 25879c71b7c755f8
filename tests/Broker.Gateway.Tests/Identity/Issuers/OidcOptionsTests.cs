using Broker.Gateway.Identity.Issuers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Broker.Gateway.Tests.Identity.Issuers;

public sealed class OidcOptionsTests
{
    private static OidcOptions Good => new() { Issuer = "https://issuer.example/realms/acme", Audience = "broker", Platforms = ["acme"] };

    public static TheoryData<string, Action<OidcOptions>> Wrong => new()
    {
        { "Issuer is missing", options => options.Issuer = "" },
        { "https", options => options.Issuer = "http://issuer.example" },
        { "https", options => options.Issuer = "issuer.example" },
        { "https", options => options.Issuer = "https://issuer.example?x=1" },
        { "https", options => options.Issuer = "https://me@issuer.example" },
        { "Audience is missing", options => options.Audience = "" },
        { "HS256", options => options.Algorithms.Add("HS256") },
        { "none", options => options.Algorithms.Add("none") },
        { "root", options => options.Roles.Add("root") },
        { "root", options => options.CertificateRequiredRoles.Add("root") },
        { "Acme", options => options.Platforms.Add("Acme") },
        { "speaks for somebody", options => options.Platforms.Clear() },
        { "stands alone", options => options.Platforms.Add("*") },
        { "other platforms", options => options.Partners.Add("lab") },
        { "SubjectPrefix", options => options.SubjectPrefix = "a:b" },
        { "Roles", options => options.Claims.Roles = "" },
        { "ClockSkew", options => options.ClockSkew = TimeSpan.FromMinutes(3) },
        { "RefreshPause", options => options.RefreshPause = TimeSpan.Zero },
        { "RefreshInterval", options => options.RefreshInterval = TimeSpan.Zero },
        { "Timeout", options => options.Timeout = TimeSpan.Zero },
        { "KeysAgeMax", options => options.KeysAgeMax = TimeSpan.FromMinutes(30) },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_setting_that_makes_no_sense_is_refused_by_name(string says, Action<OidcOptions> change)
    {
        var options = Good;
        change(options);
        var exception = Assert.Throws<ArgumentException>(() => Open(options));
        Assert.Contains(says, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://issuer.example/realms/acme")]
    [InlineData("https://issuer.example/")]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("http://localhost:8080/dev")]
    public void An_issuer_is_encrypted_or_on_this_machine(string issuer)
    {
        var options = Good;
        options.Issuer = issuer;
        Open(options);
    }

    [Fact]
    public void Several_issuers_have_each_a_prefix_of_its_own()
    {
        OidcOptions first = Good, second = Good;
        Assert.Null(OidcRules.WhatIsWrongAmong([first]));
        Assert.Contains("twice", OidcRules.WhatIsWrongAmong([first, second]), StringComparison.Ordinal);
        second.Issuer = "https://other.example";
        Assert.Contains("SubjectPrefix", OidcRules.WhatIsWrongAmong([first, second]), StringComparison.Ordinal);
        second.SubjectPrefix = "b";
        Assert.Contains("SubjectPrefix", OidcRules.WhatIsWrongAmong([first, second]), StringComparison.Ordinal);
        first.SubjectPrefix = "b";
        Assert.Contains("SubjectPrefix", OidcRules.WhatIsWrongAmong([first, second]), StringComparison.Ordinal);
        first.SubjectPrefix = "a";
        Assert.Null(OidcRules.WhatIsWrongAmong([first, second]));
    }

    private static void Open(OidcOptions options) => new OidcIdentity(options, TimeProvider.System, NullLogger<OidcIdentity>.Instance).Dispose();
}
