using System.Text.Json;
using Broker.Cli;
using Broker.Client;

namespace Broker.EndToEnd.Cli;

/// <summary>One run of the program in this process, and what came of it.</summary>
/// <param name="Exit">The exit code.</param>
/// <param name="Out">What stood on stdout.</param>
/// <param name="Error">What stood on stderr.</param>
internal sealed record CliRun(ExitCode Exit, string Out, string Error)
{
    /// <summary>Runs a command line without environment, and without repeating calls.</summary>
    public static Task<CliRun> Of(params string[] args) => OfAsync(args);

    /// <summary>Runs a command line.</summary>
    public static async Task<CliRun> OfAsync(
        string[] args, Dictionary<string, string>? environment = null, RetryOptions? retry = null, TimeProvider? time = null, StringWriter? output = null, CancellationToken cancellationToken = default)
    {
        output ??= new StringWriter();
        var error = new StringWriter();
        var host = CliHost.Over(output, error, name => environment?.GetValueOrDefault(name)) with
        {
            UserName = "ann",
            Retry = retry ?? new RetryOptions { AttemptsMax = 1 },
            Time = time ?? TimeProvider.System,
        };
        var exit = await new CliApp(host).RunAsync(args, cancellationToken);
        return new CliRun((ExitCode)exit, output.ToString(), error.ToString());
    }

    /// <summary>Stdout as one JSON document.</summary>
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    /// <summary>The error on stderr, as one JSON document.</summary>
    public JsonElement JsonError => JsonDocument.Parse(Error).RootElement.GetProperty("error");

    /// <summary>The run, if it ended well.</summary>
    public CliRun Done()
    {
        Assert.True(Exit == ExitCode.Ok, $"{Exit}: {Error}");
        Assert.Empty(Error);
        return this;
    }
}
