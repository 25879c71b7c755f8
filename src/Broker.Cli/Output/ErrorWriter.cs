using Spectre.Console;

namespace Broker.Cli.Output;

/// <summary>Writes an error to stderr: sentences for people, one document for scripts.</summary>
internal static class ErrorWriter
{
    public static void Write(CliHost host, OutputFormat format, CliError error)
    {
        if (format == OutputFormat.Json) host.Error.WriteLine(Json.Of(new { Error = DocumentOf(error) }));
        else WriteForPeople(host.ErrorConsole, error);
    }

    private static object DocumentOf(CliError error) => new
    {
        ExitCode = (int)error.Exit,
        error.Code,
        error.Reason,
        error.Message,
        error.Fields,
        error.Quota,
        error.Advice,
        RetryDelaySeconds = error.RetryDelay?.TotalSeconds,
        error.RequestId,
        error.Detail,
    };

    // The node's message for wrong fields is these fields, one after another.
    private static bool IsSaidByFields(CliError error) =>
        error.Fields.Count > 0 && error.Fields.All(fault => error.Message.Contains($"{fault.Field}: {fault.Description}", StringComparison.Ordinal));

    private static void WriteForPeople(IAnsiConsole console, CliError error)
    {
        var title = error.Code is null ? error.Reason : $"{error.Code} / {error.Reason}";
        console.MarkupLineInterpolated($"[red]{Shown.Of(title)}[/]{(IsSaidByFields(error) ? "" : $": {Shown.Of(error.Message)}")}");
        foreach (var fault in error.Fields) console.MarkupLineInterpolated($"  [yellow]{Shown.Of(fault.Field)}[/]: {Shown.Of(fault.Description)}");
        foreach (var fault in error.Quota) console.MarkupLineInterpolated($"  [yellow]{Shown.Of(fault.Subject)}[/]: {Shown.Of(fault.Description)}");
        if (error.RetryDelay is { } delay) console.MarkupLineInterpolated($"  Try again in {delay.TotalSeconds:0.###} s.");
        if (error.Advice is { } advice) console.MarkupLineInterpolated($"  {Shown.Of(advice)}");
        if (error.Detail is { } detail) console.WriteLine(Shown.Of(detail));
        if (error.RequestId is { } id) console.MarkupLineInterpolated($"  [grey]request {Shown.Of(id)}[/]");
    }
}
