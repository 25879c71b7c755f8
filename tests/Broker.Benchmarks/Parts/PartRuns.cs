using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using BenchmarkDotNet.Validators;

namespace Broker.Benchmarks.Parts;

/// <summary>Each part by itself, measured by BenchmarkDotNet in this process.</summary>
/// <param name="filter">A pattern with * and ? that the full name of what is measured matches.</param>
/// <param name="directory">Where BenchmarkDotNet leaves its log and reports; null for a temporary directory.</param>
internal sealed class PartRuns(string filter, string? directory)
{
    private const int WarmUps = 5;
    private const int Iterations = 10;

    private static readonly Type[] Parts = [typeof(SliceSelectorPart), typeof(SliceDigestPart), typeof(RecordEncoderPart), typeof(QuotaLedgerPart), typeof(LogEntryPart)];

    /// <summary>Reads <c>[--filter GLOB] [--out DIR]</c>.</summary>
    /// <returns>Null where it is something else.</returns>
    public static PartRuns? Parse(IReadOnlyList<string> arguments)
    {
        var (filter, directory) = ("*", (string?)null);
        if (arguments.Count % 2 != 0) return null;
        for (var index = 0; index < arguments.Count; index += 2)
            switch (arguments[index])
            {
                case "--filter":
                    filter = arguments[index + 1];
                    break;
                case "--out" when arguments[index + 1].Length > 0:
                    directory = arguments[index + 1];
                    break;
                default:
                    return null;
            }

        return new PartRuns(filter, directory);
    }

    /// <summary>Measures what matches, and prints the summary.</summary>
    /// <returns>0 where all was measured, 1 where not, 2 where nothing matches or there can be no such directory.</returns>
    public async Task<int> RunAsync()
    {
        if (await OpenAsync() is not { } artifacts) return 2;
        var config = ConfigOf(artifacts);
        var asked = Parts.Select(part => BenchmarkConverter.TypeToBenchmarks(part, config)).Where(run => run.BenchmarksCases.Length > 0).ToArray();
        if (asked.Length == 0)
        {
            await Console.Error.WriteLineAsync($"--filter '{filter}' matches none of {string.Join(", ", Names())}.");
            return 2;
        }

        await Console.Error.WriteLineAsync($"BenchmarkDotNet's log and reports: {artifacts}");
        var summaries = BenchmarkRunner.Run(asked);
        foreach (var summary in summaries) MarkdownExporter.Console.ExportToLog(summary, ConsoleLogger.Default);
        string[] failed =
        [
            .. summaries.SelectMany(summary => summary.ValidationErrors).Where(error => error.IsCritical).Select(error => error.Message),
            .. summaries.SelectMany(summary => summary.Reports).Where(report => !report.Success).Select(report => report.BenchmarkCase.Descriptor.GetFilterName()),
        ];
        foreach (var failure in failed) await Console.Error.WriteLineAsync($"NOT MEASURED: {failure}");
        return failed.Length == 0 && summaries.Sum(summary => summary.Reports.Length) == asked.Sum(run => run.BenchmarksCases.Length) ? 0 : 1;
    }

    private static IEnumerable<string> Names() =>
        Parts.SelectMany(part => BenchmarkConverter.TypeToBenchmarks(part).BenchmarksCases).Select(benchmark => benchmark.Descriptor.GetFilterName());

    private async Task<string?> OpenAsync()
    {
        try
        {
            return directory is null ? Directory.CreateTempSubdirectory("broker-parts-").FullName : Directory.CreateDirectory(directory).FullName;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"--out: {failure.Message}");
            return null;
        }
    }

    // No console logger: what it says of each iteration stands in the log.
    private ManualConfig ConfigOf(string artifacts) => ManualConfig.CreateEmpty()
        .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(WarmUps).WithIterationCount(Iterations).WithId("parts"))
        .AddFilter(new GlobFilter([filter]))
        .AddValidator(JitOptimizationsValidator.FailOnError)
        .AddAnalyser([.. DefaultConfig.Instance.GetAnalysers()])
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .HideColumns(Column.RatioSD, Column.AllocRatio, Column.Gen0, Column.Gen1, Column.Gen2, Column.Categories)
        .AddExporter(MarkdownExporter.GitHub, JsonExporter.Full)
        .AddLogger(NullLogger.Instance)
        .WithOption(ConfigOptions.JoinSummary, true)
        .AddLogicalGroupRules(BenchmarkLogicalGroupRule.ByCategory) // a part's baseline is no other part's
        .WithArtifactsPath(artifacts);
}
