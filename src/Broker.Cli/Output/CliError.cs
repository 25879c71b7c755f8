namespace Broker.Cli.Output;

/// <summary>What a person or a script is told of a failure.</summary>
/// <param name="Exit">How the process ends.</param>
/// <param name="Reason">Upper snake case; a script decides by it.</param>
/// <param name="Message">What is wrong, in a sentence or two.</param>
internal sealed record CliError(ExitCode Exit, string Reason, string Message)
{
    /// <summary>The status of the call, as <c>google.rpc.Code</c> names it; null where no node answered.</summary>
    public string? Code { get; init; }

    /// <summary>Every bad field.</summary>
    public IReadOnlyList<FieldFault> Fields { get; init; } = [];

    /// <summary>Every limit that is used up.</summary>
    public IReadOnlyList<QuotaFault> Quota { get; init; } = [];

    /// <summary>What to do about it.</summary>
    public string? Advice { get; init; }

    /// <summary>When calling again may help; null where it does not.</summary>
    public TimeSpan? RetryDelay { get; init; }

    /// <summary>Where it happened, for whoever mends it; of bugs only.</summary>
    public string? Detail { get; init; }

    /// <summary>The id under which the call stands in the node's log.</summary>
    public string? RequestId { get; init; }
}

/// <summary>A bad field.</summary>
/// <param name="Field">Its name, dotted; for a file: <c>FILE:line: field</c>.</param>
/// <param name="Description">What is wrong with it.</param>
internal sealed record FieldFault(string Field, string Description);

/// <summary>A limit that is used up.</summary>
/// <param name="Subject">Which.</param>
/// <param name="Description">How.</param>
internal sealed record QuotaFault(string Subject, string Description);

/// <summary>A command cannot go on, for a reason that it explains itself.</summary>
internal sealed class CliException(CliError error, Exception? innerException = null) : Exception(error.Message, innerException)
{
    /// <summary>What is told.</summary>
    public CliError Error { get; } = error;
}
