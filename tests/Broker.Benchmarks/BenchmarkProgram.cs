using System.Globalization;
using Broker.Benchmarks.Growth;
using Broker.Benchmarks.Parts;
using Broker.Benchmarks.Silos;
using Broker.TestKit.Postgres;

namespace Broker.Benchmarks;

/// <summary><c>dotnet run -c Release --project tests/Broker.Benchmarks -- all|growth|silos|parts …</c>.</summary>
internal static class BenchmarkProgram
{
    private const string Usage = """
        Usage:
          all   [--rounds N (3 to 50, default 5)] [--json FILE] [--part states|pulls|users|ledger|intake|gaps]   Broker against its rivals
          growth [--rounds N (3 to 50, default 5)] [--json FILE]            pulls, memory and start at up to 10 million records and 1 million users (10 to 20 minutes)
          silos [--rounds N (3 to 50, default 5)] [--seconds S (1 to 60, default 3)]   1, 2 and 3 silos against each other
          parts [--filter GLOB] [--out DIR (default a temporary one)]       single parts by BenchmarkDotNet, without PostgreSQL
        """;

    /// <summary>Runs what is asked for.</summary>
    /// <returns>0 where everything was measured and the books agree, 1 where not, 2 for wrong arguments, 3 where PostgreSQL is not on this machine.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        if (arguments.Count > 0 && arguments[0] == "parts") return PartRuns.Parse([.. arguments.Skip(1)]) is { } parts ? await parts.RunAsync() : await RefuseAsync(Usage, 2);
        if (arguments.Count == 0 || Parse([.. arguments.Skip(1)]) is not { } asked) return await RefuseAsync(Usage, 2);
        if (PostgresBinaries.Directory is null) return await RefuseAsync(PostgresBinaries.Missing, 3);
        try
        {
            IReadOnlyList<string> table, unmeasured = [];
            switch (arguments[0])
            {
                case "all" when asked.Seconds is null:
                    (table, unmeasured) = await new AllComparisons(asked.Rounds, asked.Json, asked.Part).RunAsync(CancellationToken.None);
                    break;
                case "growth" when asked.Seconds is null && asked.Part is null:
                    table = await GrowthTable.RunAsync(asked.Rounds, asked.Json, CancellationToken.None);
                    break;
                case "silos" when asked.Json is null && asked.Part is null:
                    table = await SiloScaling.RunAsync(asked.Rounds, TimeSpan.FromSeconds(asked.Seconds ?? 3), CancellationToken.None);
                    break;
                default:
                    return await RefuseAsync(Usage, 2);
            }

            foreach (var line in table) Console.WriteLine(line);
            foreach (var row in unmeasured) await Console.Error.WriteLineAsync($"NOT MEASURED: {row}");
            return unmeasured.Count == 0 ? 0 : 1;
        }
        catch (BooksException wrong)
        {
            return await RefuseAsync($"THE BOOKS DO NOT AGREE: {wrong.Message}", 1);
        }
    }

    private static async Task<int> RefuseAsync(string why, int exitCode)
    {
        await Console.Error.WriteLineAsync(why);
        return exitCode;
    }

    private static (int Rounds, int? Seconds, string? Json, string? Part)? Parse(IReadOnlyList<string> arguments)
    {
        var (rounds, seconds, json, part) = (5, (int?)null, (string?)null, (string?)null);
        if (arguments.Count % 2 != 0) return null;
        for (var index = 0; index < arguments.Count; index += 2)
        {
            var isNumber = int.TryParse(arguments[index + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var value);
            switch (arguments[index])
            {
                case "--rounds" when isNumber && value is >= 3 and <= 50:
                    rounds = value;
                    break;
                case "--seconds" when isNumber && value is >= 1 and <= 60:
                    seconds = value;
                    break;
                case "--json":
                    json = arguments[index + 1];
                    break;
                case "--part" when AllComparisons.PartNames.Contains(arguments[index + 1]):
                    part = arguments[index + 1];
                    break;
                default:
                    return null;
            }
        }

        return (rounds, seconds, json, part);
    }
}

/// <summary>What was counted on both sides differs: the numbers are worth nothing.</summary>
internal sealed class BooksException(string message) : Exception(message);
