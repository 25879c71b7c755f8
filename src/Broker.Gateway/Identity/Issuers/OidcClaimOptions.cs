using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Broker.Gateway.Identity.Issuers;

/// <summary>Which claims of an issuer's tokens say who calls. A name that begins with <c>/</c> is a JSON pointer into the claims:
/// <c>/realm_access/roles</c>.</summary>
public sealed class OidcClaimOptions
{
    /// <summary>The claim that names the person or program: a text of 1 to 256 characters. Default <c>sub</c>.</summary>
    [Required]
    [MaxLength(256)]
    public string Subject { get; set; } = "sub";

    /// <summary>The claim with the roles: an array of texts, or one text. Names that are no role of ours do not count. Default <c>roles</c>.</summary>
    [Required]
    [MaxLength(256)]
    public string Roles { get; set; } = "roles";

    /// <summary>The claim with the platform's id: a text. Default <c>platform</c>.</summary>
    [Required]
    [MaxLength(256)]
    public string Platform { get; set; } = "platform";

    /// <summary>The claim with the partner's id: a text. Default <c>partner</c>.</summary>
    [Required]
    [MaxLength(256)]
    public string Partner { get; set; } = "partner";

    /// <summary>The claim with the platform's id of the user: a text. Default <c>user</c>.</summary>
    [Required]
    [MaxLength(256)]
    public string User { get; set; } = "user";
}

/// <summary>Checks the ranges of <see cref="OidcClaimOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class OidcClaimOptionsValidator : IValidateOptions<OidcClaimOptions>;
