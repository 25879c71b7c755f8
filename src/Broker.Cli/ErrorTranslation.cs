using Broker.Cli.Output;
using Broker.Client;
using Broker.Connectors;
using Broker.Gateway.Identity;
using Broker.Grains.Logs;
using Broker.Grains.Segments;
using Broker.Hosting;
using Broker.Storage.Sqlite;
using Grpc.Core;

namespace Broker.Cli;

/// <summary>What an exception means to a person and to a script. The only place that decides an exit code from one.</summary>
internal static class ErrorTranslation
{
    /// <summary>The error for an exception of a command.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="context">The command's run.</param>
    /// <param name="isStopped">Whether a signal asked the command to stop.</param>
    public static CliError Of(Exception exception, CommandContext context, bool isStopped) => exception switch
    {
        OperationCanceledException or BrokerException { Code: StatusCode.Cancelled } when isStopped => Stopped(context),
        CliException told => told.Error,
        BrokerException refused => Of(refused, context),
        IdentityException => new(ExitCode.Denied, "KEY_UNUSABLE", exception.Message),
        NodeStartException => new(ExitCode.DataError, "CANNOT_USE", exception.Message),
        StoreRefusedException or LogCorruptException or LogUnavailableException or SegmentCorruptException or SegmentUnavailableException => new(ExitCode.DataError, "STORE_UNUSABLE", exception.Message),
        ConnectorException => new(ExitCode.DataError, "EXPORT_UNUSABLE", exception.Message),
        FileNotFoundException or DirectoryNotFoundException => new(ExitCode.DataError, "FILE_NOT_FOUND", exception.Message),
        IOException or UnauthorizedAccessException => new(ExitCode.DataError, "FILE_UNUSABLE", exception.Message),
        _ => new(ExitCode.InternalError, "INTERNAL", $"Something failed that should not: {exception.Message}") { Detail = exception.ToString() },
    };

    /// <summary>How the process ends for an error of a call.</summary>
    public static ExitCode ExitOf(BrokerException error) => error.Code switch
    {
        StatusCode.InvalidArgument or StatusCode.OutOfRange => ExitCode.Usage,
        StatusCode.NotFound => ExitCode.NotFound,
        StatusCode.Unauthenticated or StatusCode.PermissionDenied => ExitCode.Denied,
        StatusCode.FailedPrecondition or StatusCode.AlreadyExists or StatusCode.Aborted => ExitCode.Refused,
        StatusCode.ResourceExhausted => ExitCode.QuotaExhausted,
        StatusCode.Unavailable or StatusCode.DeadlineExceeded => ExitCode.Unavailable,
        _ => error.IsTransient ? ExitCode.Unavailable : ExitCode.InternalError,
    };

    private static CliError Of(BrokerException error, CommandContext context)
    {
        var isSilent = error.Reason.Length == 0;
        var message = isSilent && error.IsTransient ? $"The node at {context.Server} cannot be reached, or broke off: {error.Message}" : error.Message;
        return new CliError(ExitOf(error), isSilent ? "CALL_FAILED" : error.Reason, message)
        {
            Code = NameOf(error.Code),
            Fields = [.. error.Fields.Select(field => new FieldFault(field.Field, field.Description))],
            Quota = [.. error.Limits.Select(limit => new QuotaFault(limit.Limit, limit.Description))],
            RetryDelay = error.RetryDelay,
            RequestId = error.RequestId.Length > 0 ? error.RequestId : null,
            Advice = AdviceFor(error, context),
        };
    }

    private static string? AdviceFor(BrokerException error, CommandContext context) => error switch
    {
        { IsOutcomeUnknown: true } when context.UsedRequestId is { } id =>
            $"Whether it was carried out is not known. Repeat it with --request-id {id}: it happens once.",
        { Reason.Length: 0, IsTransient: true } => "Start a node with `broker serve`, or name another with --server.",
        { Reason: "FOUR_EYES" } => "Another person has to approve: with their own token, or --as NAME where tokens are minted here.",
        { Reason: BrokerException.TlsFailed } => "Name the root of the node's certificate with --ca FILE and, where it asks for one, your own certificate with --cert FILE and --key FILE.",
        { Code: StatusCode.Unauthenticated } => "Get a new token: `broker token mint --help`.",
        { Code: StatusCode.PermissionDenied } => "The token's role or tenant may not do this; `broker token mint --help` names the roles.",
        { Code: StatusCode.Unimplemented } => "The node is of another version than this program.",
        _ => null,
    };

    private static CliError Stopped(CommandContext context) => new(ExitCode.Cancelled, "CANCELLED", "Stopped.")
    {
        Advice = context.UsedRequestId is { } id ? $"What was under way may have been carried out. Repeat it with --request-id {id}: it happens once." : null,
    };

    private static string NameOf(StatusCode code) => string.Concat(code.ToString().Select((letter, index) => index > 0 && char.IsUpper(letter) ? $"_{letter}" : $"{letter}")).ToUpperInvariant();
}
