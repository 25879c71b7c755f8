namespace Broker.Gateway.Identity;

/// <summary>Who calls, as a verified token says.</summary>
public sealed record VerifiedCaller
{
    /// <summary>The token's <c>sub</c>: 1 to 256 characters.</summary>
    public required string Subject { get; init; }

    /// <summary>The token's <c>roles</c>.</summary>
    public required Roles Roles { get; init; }

    /// <summary>The platform whose caller this is (<c>platform</c>), or null; null means every platform for operators and auditors only.</summary>
    public string? Platform { get; init; }

    /// <summary>The partner whose caller this is (<c>partner</c>), or null.</summary>
    public string? Partner { get; init; }

    /// <summary>The platform's id of the user who calls (<c>user</c>), or null.</summary>
    public string? User { get; init; }

    /// <summary>SHA-256 of the TLS client certificate that the token is bound to (<c>cnf</c>, <c>x5t#S256</c>: RFC 8705), base64url; null where it is bound to none.
    /// Only a connection with that certificate may use it.</summary>
    public string? CertificateThumbprint { get; init; }

    /// <summary>SHA-256 of the token, hex: what signs a recall's answer.</summary>
    public string TokenDigest { get; init; } = "";

    /// <summary>Until when the token holds, UTC.</summary>
    public DateTimeOffset ExpiresAt { get; init; } = DateTimeOffset.MaxValue;
}
