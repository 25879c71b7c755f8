using System.Diagnostics;
using System.Text.Json;
using Broker.Gateway.Identity;
using Broker.TestKit.Nodes;

namespace Broker.EndToEnd.Flights;

/// <summary>A foreign Arrow Flight client: npm's @grpc/grpc-js with apache-arrow, in a process of its own.</summary>
internal static class ForeignFlight
{
    private static readonly string Root = FindRoot();

    /// <summary>Why there is none here, or null. With CI=true it must be there.</summary>
    public static string? WhyAbsent =>
        Environment.GetEnvironmentVariable("CI") == "true" || Directory.Exists(Path.Combine(Root, "node_modules", "apache-arrow")) && Directory.Exists(Path.Combine(Root, "node_modules", "@grpc", "grpc-js"))
            ? null
            : "npm's @grpc/grpc-js and apache-arrow are not installed: run `npm ci` in the repository's root.";

    /// <summary>Pulls every partition of a deal; confirms what came where that is asked for.</summary>
    public static async Task<JsonElement> PullAsync(TestNode node, string deal, string partner, bool confirm)
    {
        var token = node.Node.Identity.Mint(new VerifiedCaller { Subject = partner, Roles = Roles.Partner, Partner = partner }, TimeSpan.FromHours(1));
        var script = Path.Combine(Root, "tests", "Broker.EndToEnd", "Flights", "flight-client.cjs");
        var address = node.Node.Address.GetComponents(UriComponents.HostAndPort, UriFormat.Unescaped);
        var start = new ProcessStartInfo("node", [script, Root, address, token, deal, confirm ? "confirm" : "keep"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return said.Length > 0 ? JsonDocument.Parse(said).RootElement : throw new InvalidOperationException($"The client said nothing: {await errors}");
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Broker.sln"))) directory = directory.Parent;
        return directory.FullName;
    }
}
