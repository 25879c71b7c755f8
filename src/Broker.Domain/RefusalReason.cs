namespace Broker.Domain;

/// <summary>Every reason for which the rules refuse a command. At the edge each has one gRPC status and one
/// <c>ErrorInfo.reason</c> (its name in upper snake case).</summary>
public enum RefusalReason
{
    /// <summary>A value is out of its range or form. INVALID_ARGUMENT.</summary>
    InvalidValue,

    /// <summary>The named thing does not exist, or is another tenant's. NOT_FOUND.</summary>
    NotFound,

    /// <summary>A thing of that name exists and differs. ALREADY_EXISTS.</summary>
    AlreadyExists,

    /// <summary>The request id was used for another body. INVALID_ARGUMENT.</summary>
    RequestIdReused,

    /// <summary>The deal's life does not allow this now (not active, already ended…). FAILED_PRECONDITION.</summary>
    WrongState,

    /// <summary>The proposer may not approve: four eyes. FAILED_PRECONDITION.</summary>
    FourEyes,

    /// <summary>The deal is not active: proposed, suspended, expired or terminated. FAILED_PRECONDITION.</summary>
    DealNotActive,

    /// <summary>Another version of the contract is in force; select again under it. ABORTED.</summary>
    ContractChanged,

    /// <summary>Posted amounts fill a limit. RESOURCE_EXHAUSTED with QuotaFailure.</summary>
    QuotaExceeded,

    /// <summary>Other reservations hold the rest; wait for them to be posted or voided. UNAVAILABLE with a retry delay.</summary>
    Held,

    /// <summary>The reservation was voided, or its contract has less than a second left. ABORTED.</summary>
    ReservationVoid,

    /// <summary>The contract counts by tokens, and those of some records are not counted yet; wait. UNAVAILABLE with a retry delay.</summary>
    TokensNotCounted,

    /// <summary>A policy that leaves the user no way to object. FAILED_PRECONDITION.</summary>
    NoWayToObject,

    /// <summary>No policy of the platform is in force yet. FAILED_PRECONDITION.</summary>
    NoPolicyInForce,

    /// <summary>The user has been erased and must not come back by an import. FAILED_PRECONDITION.</summary>
    UserErased,

    /// <summary>Another stream has taken this pull over. ABORTED.</summary>
    PullTakenOver,

    /// <summary>The slice cannot be sent again: confirmed by the client, or older than 24 h. FAILED_PRECONDITION.</summary>
    ResendRefused,

    /// <summary>The manifest changed while the import was prepared; prepare it again. ABORTED.</summary>
    ManifestChanged,

    /// <summary>The partition was created with another number of partitions than this node expects. FAILED_PRECONDITION.</summary>
    PartitionMismatch,

    /// <summary>A recall is overdue; the deal is suspended until it is answered. FAILED_PRECONDITION.</summary>
    RecallOverdue,

    /// <summary>The partition does not know this pull: it moved to another silo, or came back after a crash, since the stream attached; the pull is to be
    /// opened again. UNAVAILABLE.</summary>
    PullNotOpen,

    /// <summary>The log was restored from a backup, or its store failed over, and nobody has reconciled it yet. FAILED_PRECONDITION.</summary>
    RestoreUnreconciled,

    /// <summary>The contract in force does not allow a pull to stay open for fresh records. FAILED_PRECONDITION.</summary>
    FollowNotAllowed,

    /// <summary>A round of the deal's pull is not finished, and has a filter under which something may leave that this pull does not ask for. FAILED_PRECONDITION.</summary>
    RoundHasOtherFilter,

    /// <summary>The deal was pulled with as many filters as are remembered beside each other. FAILED_PRECONDITION.</summary>
    TooManyFilters,
}
