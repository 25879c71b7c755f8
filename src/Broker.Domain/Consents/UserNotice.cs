namespace Broker.Domain.Consents;

/// <summary>What a platform says of a user beside their decisions.</summary>
/// <param name="User">The user's number.</param>
/// <param name="NotifiedAt">When they were told of the newest policy, UTC; null when they were not.</param>
/// <param name="Jurisdiction">Where they live; null when the platform does not say.</param>
public sealed record UserNotice(int User, DateTimeOffset? NotifiedAt, string? Jurisdiction);
