using System.Text.Json;
using Broker.Cli;

namespace Broker.EndToEnd.Client;

/// <summary>A finished run of the program, in this process.</summary>
internal sealed record CliRun(int ExitCode, string Out, string Error)
{
    /// <summary>Standard output as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    /// <summary>Standard error as JSON: the error.</summary>
    public JsonElement ErrorJson => JsonDocument.Parse(Error).RootElement.GetProperty("error");

    public static async Task<CliRun> RunAsync(string[] args, CancellationToken cancellationToken = default)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exit = await new CliApp(CliHost.Over(output, error, _ => null)).RunAsync(args, cancellationToken);
        return new(exit, output.ToString(), error.ToString());
    }
}
