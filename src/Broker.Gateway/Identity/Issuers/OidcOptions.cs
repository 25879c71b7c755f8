using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Broker.Gateway.Identity.Issuers;

/// <summary>An issuer of tokens (OpenID Connect) that a gateway believes, and how far. One entry of the section <c>Issuers</c>.</summary>
/// <remarks>Lists are empty by default, and what an empty one means is said at each: configuration adds to lists, it does not replace them.</remarks>
public sealed class OidcOptions : IValidatableObject
{
    /// <summary>In <see cref="Platforms"/> and <see cref="Partners"/>, alone: each.</summary>
    public const string Each = "*";

    /// <summary>The issuer, letter by letter as its tokens' <c>iss</c> says it; discovery lies below it at
    /// <c>/.well-known/openid-configuration</c>. An https URL; http on loopback only. No default.</summary>
    [Required(ErrorMessage = "Issuer is missing: the https URL that stands in the tokens' 'iss'.")]
    public string Issuer { get; set; } = "";

    /// <summary>What must stand in the tokens' <c>aud</c>: the name under which the issuer knows this cluster. 1 to 256 characters. No default.</summary>
    [Required(ErrorMessage = "Audience is missing: the name under which the issuer knows this cluster, as in the tokens' 'aud'.")]
    [MaxLength(256)]
    public string Audience { get; set; } = "";

    /// <summary>The algorithms that a signature may have, of <see cref="OidcAlgorithms.All"/>. Default RS256 and ES256.</summary>
    public IList<string> Algorithms { get; set; } = [];

    /// <summary>The ids of the platforms that the issuer may speak for; <c>*</c> for each, and for operators and auditors of no one platform.
    /// Default none.</summary>
    /// <remarks>A token that names another platform is refused whole: the identity provider of one platform never makes anybody of another.</remarks>
    public IList<string> Platforms { get; set; } = [];

    /// <summary>The ids of the partners that the issuer may speak for; <c>*</c> for each. Default none.</summary>
    /// <remarks>A partner's deals may lie with several platforms. So an issuer that is confined to platforms speaks for no partner; one that
    /// speaks for partners is confined to no platform, or to <see cref="Platforms"/> of none.</remarks>
    public IList<string> Partners { get; set; } = [];

    /// <summary>The roles that the issuer may give, by their names; a token's others do not count. Default each but operator and auditor.</summary>
    public IList<string> Roles { get; set; } = [];

    /// <summary>The roles whose tokens must be bound to a TLS client certificate (<c>cnf</c> with <c>x5t#S256</c>, RFC 8705). Default none: a token
    /// that is bound needs its certificate all the same.</summary>
    public IList<string> CertificateRequiredRoles { get; set; } = [];

    /// <summary>What stands before the issuer's subjects in logs and answers, as <c>PREFIX:SUBJECT</c>: 1 to 32 lower-case letters, digits and
    /// dashes, and different for each issuer, so that no two people have one name. Default none; needed where there are several issuers.</summary>
    [RegularExpression("[a-z0-9-]{1,32}", ErrorMessage = "SubjectPrefix has 1 to 32 lower-case letters, digits and dashes.")]
    public string SubjectPrefix { get; set; } = "";

    /// <summary>Names of the claims.</summary>
    [ValidateObjectMembers]
    public OidcClaimOptions Claims { get; set; } = new();

    /// <summary>How far a token's times may lie on the wrong side of this node's clock. 0 to 2 min. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:02:00")]
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How old the issuer's keys may be before they are read again. 1 min to 7 days. Default 1 h: so long a key that the issuer has
    /// withdrawn may still count.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The shortest pause between two readings, whatever the reason: a key that is unknown, an issuer that failed. 1 s to 1 h. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RefreshPause { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How old the keys may become while the issuer cannot be reached; beyond, its tokens are UNAVAILABLE. 1 min to 30 days, at least
    /// <see cref="RefreshInterval"/>. Default 1 day.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan KeysAgeMax { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long one request to the issuer may take. 1 s to 1 min. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What no range says: addresses, and names that must be known.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        OidcRules.WhatIsWrong(this).Select(wrong => new ValidationResult(wrong));
}

/// <summary>Checks <see cref="OidcOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class OidcOptionsValidator : IValidateOptions<OidcOptions>;
