using System.Text.Json;
using Broker.Gateway.Identity.Issuers;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Broker.Gateway.Identity;

/// <summary>Reads from a verified token's claims whom it stands for.</summary>
internal static class TokenClaims
{
    /// <summary>Whom it stands for, as far as the claims say so; null where they cannot be read, or bind the token to what cannot be checked.</summary>
    public static VerifiedCaller? Read(JsonWebToken token, OidcClaimOptions names, string digest)
    {
        // The text itself: the library takes some strings for dates.
        using var document = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload));
        var claims = document.RootElement;
        if (!CertificateBinding.TryRead(claims, out var thumbprint)) return null;
        return new VerifiedCaller
        {
            Subject = TextOf(claims, names.Subject) ?? "",
            Roles = RolesOf(claims, names.Roles),
            Platform = TextOf(claims, names.Platform),
            Partner = TextOf(claims, names.Partner),
            User = TextOf(claims, names.User),
            CertificateThumbprint = thumbprint,
            TokenDigest = digest,
            ExpiresAt = new DateTimeOffset(token.ValidTo, TimeSpan.Zero),
        };
    }

    private static string? TextOf(JsonElement claims, string name) =>
        Find(claims, name) is { ValueKind: JsonValueKind.String } value && value.GetString() is { Length: > 0 } text ? text : null;

    private static Roles RolesOf(JsonElement claims, string name) => Find(claims, name) switch
    {
        { ValueKind: JsonValueKind.String } one => RoleNames.Parse(one.GetString()!),
        { ValueKind: JsonValueKind.Array } several => several.EnumerateArray()
            .Where(role => role.ValueKind == JsonValueKind.String)
            .Aggregate(Roles.None, (all, role) => all | RoleNames.Parse(role.GetString()!)),
        _ => Roles.None,
    };

    private static JsonElement? Find(JsonElement claims, string name)
    {
        if (!name.StartsWith('/')) return Member(claims, name);
        JsonElement? found = claims;
        foreach (var step in name[1..].Split('/'))
            found = found is { } inner ? Member(inner, step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)) : null;
        return found;
    }

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;
}
