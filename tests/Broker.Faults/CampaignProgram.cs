using System.Globalization;
using Broker.Faults.Faults;
using Broker.TestKit.Nodes;

namespace Broker.Faults;

/// <summary><c>dotnet run -c Release --project tests/Broker.Faults -- --minutes N --seed S [--only TEXT]</c>: every fault, again and again, and a table.</summary>
internal static class CampaignProgram
{
    private const string Usage = "Usage: --minutes N (1 to 600, default 20) --seed S (default 1) --only TEXT (faults whose name holds it) --keep DIR (keeps what the processes wrote)";

    /// <summary>Runs a campaign.</summary>
    /// <returns>0 where every promise was kept, 1 where one was broken or a fault did not happen, 2 for wrong arguments.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        if (Parse(arguments) is not (var minutes, var seed, var only, var keep))
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        var faults = Campaign.AllFaults.Where(fault => fault.Name.Contains(only, StringComparison.OrdinalIgnoreCase)).ToList();
        if (faults.Count == 0)
        {
            await Console.Error.WriteLineAsync($"No fault's name holds '{only}': {string.Join(", ", Campaign.AllFaults.Select(fault => fault.Name))}.");
            return 2;
        }

        using var temporary = new TemporaryDirectory();
        var root = keep ?? temporary.Path;
        Directory.CreateDirectory(root);
        try
        {
            var report = await new Campaign(root, seed, line => Console.WriteLine($"{TimeProvider.System.GetUtcNow():HH:mm:ss} {line}")).RunAsync(faults, TimeSpan.FromMinutes(minutes), CancellationToken.None);
            foreach (var line in report.ToMarkdown()) Console.WriteLine(line);
            return report.Verdict.Violations.Count == 0 ? 0 : 1;
        }
        catch (Exception failure) when (failure is FaultException or TimeoutException or InvalidOperationException)
        {
            await Console.Error.WriteLineAsync($"FAILED: {failure.Message}");
            return 1;
        }
    }

    private static (int Minutes, int Seed, string Only, string? Keep)? Parse(IReadOnlyList<string> arguments)
    {
        var (minutes, seed, only, keep) = (20, 1, "", (string?)null);
        if (arguments.Count % 2 != 0) return null;
        for (var index = 0; index < arguments.Count; index += 2)
        {
            var value = arguments[index + 1];
            switch (arguments[index])
            {
                case "--minutes" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out minutes) && minutes is >= 1 and <= 600:
                case "--seed" when int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out seed):
                    break;
                case "--only":
                    only = value;
                    break;
                case "--keep":
                    keep = value;
                    break;
                default:
                    return null;
            }
        }

        return (minutes, seed, only, keep);
    }
}
