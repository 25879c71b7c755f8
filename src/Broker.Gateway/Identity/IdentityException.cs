namespace Broker.Gateway.Identity;

/// <summary>The node's signing key cannot be used: unreadable, open to others, or no P-256 key. The message says what to do.</summary>
public sealed class IdentityException(string message, Exception? innerException = null) : Exception(message, innerException);
