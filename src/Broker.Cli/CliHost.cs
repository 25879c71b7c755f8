using Broker.Client;
using Spectre.Console;

namespace Broker.Cli;

/// <summary>What the process gives to commands. A test gives its own.</summary>
internal sealed record CliHost
{
    /// <summary>Where results go: tables, or one JSON document.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Where errors and progress go.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Results for people.</summary>
    public required IAnsiConsole Console { get; init; }

    /// <summary>Errors and progress for people.</summary>
    public required IAnsiConsole ErrorConsole { get; init; }

    /// <summary>The environment's variables; null where one is not set.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>The clock: of tokens minted here, and of waits before a retry.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How patiently calls are repeated: a person waits for the answer.</summary>
    public RetryOptions Retry { get; init; } = new() { AttemptsMax = 4 };

    /// <summary>How patiently long work is gone on with: a pull or an import outlives a restart of its node. About a minute.</summary>
    public RetryOptions Patience { get; init; } = new() { AttemptsMax = 12 };

    /// <summary>Who is at the keyboard: the subject of tokens minted here.</summary>
    public string UserName { get; init; } = Environment.UserName;

    /// <summary>The process's own streams; escape codes only where a terminal shows them and NO_COLOR is not set.</summary>
    public static CliHost ForProcess() => Over(
        System.Console.Out, System.Console.Error, Environment.GetEnvironmentVariable, System.Console.IsOutputRedirected, System.Console.IsErrorRedirected);

    /// <summary>A host over any writers.</summary>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where errors and progress go.</param>
    /// <param name="variable">The environment.</param>
    /// <param name="isOutRedirected">Whether no terminal shows the results.</param>
    /// <param name="isErrorRedirected">Whether no terminal shows the errors.</param>
    public static CliHost Over(
        TextWriter output, TextWriter error, Func<string, string?> variable, bool isOutRedirected = true, bool isErrorRedirected = true) => new()
    {
        Out = output,
        Error = error,
        Variable = variable,
        Console = ConsoleOn(output, isOutRedirected, variable),
        ErrorConsole = ConsoleOn(error, isErrorRedirected, variable),
    };

    // A file has no width of its own: wide enough that rows stay lines.
    private const int RedirectedWidth = 240;

    private static IAnsiConsole ConsoleOn(TextWriter writer, bool isRedirected, Func<string, string?> variable)
    {
        var isPlain = isRedirected || !string.IsNullOrEmpty(variable("NO_COLOR"));
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isPlain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = isRedirected ? InteractionSupport.No : InteractionSupport.Detect,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false }, // a CI server is no terminal
        });
        if (isRedirected) console.Profile.Width = RedirectedWidth;
        return console;
    }
}
