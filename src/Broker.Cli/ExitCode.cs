namespace Broker.Cli;

/// <summary>What a script learns from how the process ended. The numbers are part of the interface.</summary>
internal enum ExitCode
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>Something failed that should not: a bug here, or in the node (INTERNAL, UNKNOWN, DATA_LOSS).</summary>
    InternalError = 1,

    /// <summary>Wrong arguments: the command line, or what the node calls INVALID_ARGUMENT.</summary>
    Usage = 2,

    /// <summary>What was named does not exist (NOT_FOUND).</summary>
    NotFound = 3,

    /// <summary>Not allowed: no token, an expired one, another role or tenant (UNAUTHENTICATED, PERMISSION_DENIED).</summary>
    Denied = 4,

    /// <summary>The state of things does not allow it (FAILED_PRECONDITION, ALREADY_EXISTS, ABORTED).</summary>
    Refused = 5,

    /// <summary>A quota or a limit is used up (RESOURCE_EXHAUSTED).</summary>
    QuotaExhausted = 6,

    /// <summary>The node cannot be reached or cannot answer now (UNAVAILABLE, DEADLINE_EXCEEDED): try again.</summary>
    Unavailable = 7,

    /// <summary>The audit found a broken promise.</summary>
    AuditViolation = 8,

    /// <summary>A file, a data directory or a port is missing, cannot be used, or does not hold what it should.</summary>
    DataError = 9,

    /// <summary>Stopped by a signal.</summary>
    Cancelled = 130,
}

/// <summary>The exit codes as <c>broker --help</c> lists them.</summary>
internal static class ExitCodes
{
    /// <summary>Each code and what it means, for people.</summary>
    public static IReadOnlyList<(ExitCode Code, string Meaning)> All { get; } =
    [
        (ExitCode.Ok, "done"),
        (ExitCode.InternalError, "failed inside: a bug, or the node's own failure"),
        (ExitCode.Usage, "wrong arguments, or values that the node does not accept"),
        (ExitCode.NotFound, "what was named does not exist"),
        (ExitCode.Denied, "no token, or a role or tenant that may not do this"),
        (ExitCode.Refused, "the state of things does not allow it"),
        (ExitCode.QuotaExhausted, "a quota or a limit is used up"),
        (ExitCode.Unavailable, "the node cannot be reached or cannot answer now: try again"),
        (ExitCode.AuditViolation, "the audit found a broken promise"),
        (ExitCode.DataError, "a file, data directory or port is missing, in use or wrong"),
        (ExitCode.Cancelled, "stopped by a signal"),
    ];
}
