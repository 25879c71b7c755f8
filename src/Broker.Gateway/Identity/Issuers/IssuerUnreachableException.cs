namespace Broker.Gateway.Identity.Issuers;

/// <summary>Whether a token holds cannot be said: its issuer's keys could not be read. Call again later.</summary>
/// <param name="retryDelay">When it may be otherwise.</param>
/// <param name="innerException">What failed.</param>
public sealed class IssuerUnreachableException(TimeSpan retryDelay, Exception? innerException = null)
    : Exception("The issuer of this token cannot be reached, so nobody can say whether the token holds.", innerException)
{
    /// <summary>When it may be otherwise.</summary>
    public TimeSpan RetryDelay { get; } = retryDelay;
}
