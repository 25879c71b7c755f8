using System.Collections.Immutable;

namespace Broker.Domain.Consents;

/// <summary>A notice that is running.</summary>
/// <param name="PolicyVersion">The policy that it announces.</param>
/// <param name="DueAt">When it has run, UTC.</param>
/// <param name="Users">Who got it.</param>
public sealed record PendingNotice(int PolicyVersion, DateTimeOffset DueAt, ImmutableArray<UserRun> Users);
