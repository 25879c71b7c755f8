using Broker.Domain.Recalls;

namespace Broker.Domain.Releases;

/// <summary>What a merge leaves of a record that is gone: enough to tell who got it and to recall it, nothing of what it said.</summary>
/// <param name="RemovedPosition">The position of its removal; <see cref="long.MaxValue"/> where it went with its user, whose erasure tells.</param>
/// <param name="IsDeleted">Whether its user or platform asked for the removal: an import must not bring it back.</param>
/// <param name="Ref">How the log names it: where it lay when it was removed, or when it was merged away.</param>
public readonly record struct Remnant(long RemovedPosition, bool IsDeleted, RecordRef Ref);
