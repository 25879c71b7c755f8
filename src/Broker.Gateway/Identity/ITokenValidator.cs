namespace Broker.Gateway.Identity;

/// <summary>Says who a bearer token stands for.</summary>
public interface ITokenValidator
{
    /// <summary>The caller as the token says, whose <see cref="VerifiedCaller.CertificateThumbprint"/> the gateway compares with the connection; or null where the token does not hold (forged, expired, for somebody else).</summary>
    ValueTask<VerifiedCaller?> ValidateAsync(string token);
}
