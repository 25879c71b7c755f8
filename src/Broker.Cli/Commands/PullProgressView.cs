using System.Globalization;
using Broker.Cli.Output;
using Broker.Client.Pulls;
using Spectre.Console;

namespace Broker.Cli.Commands;

/// <summary>How far a pull is: the limit that is fullest as a bar, and what came. Only a terminal is shown it.</summary>
internal static class PullProgressView
{
    /// <summary>Runs a pull under a bar.</summary>
    /// <param name="context">The command's run.</param>
    /// <param name="seen">Told of each step too.</param>
    /// <param name="run">Does it, and tells how far it is.</param>
    public static Task<T> RunAsync<T>(CommandContext context, Action<PullProgress> seen, Func<IProgress<PullProgress>, Task<T>> run)
    {
        if (context.Results.Progress is not { Profile.Capabilities.Interactive: true } console) return run(new Told(seen));
        return console.Progress().AutoClear(true)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 12 })
            .StartAsync(async bar =>
            {
                var task = bar.AddTask("connecting").IsIndeterminate();
                return await run(new Told(progress =>
                {
                    seen(progress);
                    Show(task, progress);
                }));
            });
    }

    /// <summary>A step as a line.</summary>
    public static string LineOf(PullProgress progress)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{progress.Records:N0} records, {progress.Bytes / 1e6:N1} MB, {Amount.Of(progress.Charged.MoneyMicros, progress.Currency)}, {progress.PartitionsSeen}/{progress.PartitionCount} partitions");
        if (progress.IsCaughtUp) line += "; waiting for more";
        return Fullest(progress) is { } limit ? string.Create(CultureInfo.InvariantCulture, $"{line}; {limit.Name} {(decimal)limit.Used / limit.Amount:P1}") : line;
    }

    private static void Show(ProgressTask task, PullProgress progress)
    {
        task.Description = Markup.Escape(Shown.Of(LineOf(progress)));
        if (Fullest(progress) is not { } limit) return;
        task.IsIndeterminate = false;
        (task.MaxValue, task.Value) = (limit.Amount, Math.Min(limit.Used, limit.Amount));
    }

    private static LimitProgress? Fullest(PullProgress progress) => progress.Limits.MaxBy(limit => (decimal)limit.Used / limit.Amount);

    private sealed class Told(Action<PullProgress> told) : IProgress<PullProgress>
    {
        public void Report(PullProgress value) => told(value);
    }
}
