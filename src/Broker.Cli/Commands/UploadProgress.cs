using System.Globalization;
using Broker.Cli.Output;
using Broker.Client.Imports;
using Spectre.Console;

namespace Broker.Cli.Commands;

/// <summary>The bar of an upload: bytes of the file that are read. Only a terminal is shown one.</summary>
internal static class UploadProgress
{
    /// <summary>Runs an upload under a bar.</summary>
    /// <param name="context">The command's run.</param>
    /// <param name="name">What is uploaded.</param>
    /// <param name="bytesTotal">Bytes of the file.</param>
    /// <param name="bytesRead">Bytes read so far, by all tries.</param>
    /// <param name="run">Does it, and tells how far it is.</param>
    public static Task<T> RunAsync<T>(CommandContext context, string name, long bytesTotal, Func<long> bytesRead, Func<IProgress<ImportProgress>?, Task<T>> run)
    {
        if (context.Results.Progress is not { Profile.Capabilities.Interactive: true } console) return run(null);
        return console.Progress().AutoClear(true).HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async bar =>
            {
                var task = bar.AddTask(Markup.Escape(Shown.Of(name)), maxValue: Math.Max(1, bytesTotal));
                return await run(new Shown(task, name, bytesTotal, bytesRead));
            });
    }

    private sealed class Shown(ProgressTask task, string name, long bytesTotal, Func<long> bytesRead) : IProgress<ImportProgress>
    {
        private long _before; // bytes of the tries that failed
        private int _attempt = 1;

        public static string Of(string text) => Output.Shown.Of(text);

        public void Report(ImportProgress progress)
        {
            if (progress.Attempt > _attempt) (_before, _attempt) = (task.Value >= bytesTotal ? _before + bytesTotal : bytesRead(), progress.Attempt);
            var bytes = Math.Clamp(bytesRead() - _before, 0, bytesTotal);
            task.Value = bytes;
            var stage = bytes >= bytesTotal ? "read; the node takes it in" : "sent";
            var again = progress.Attempt > 1 ? string.Create(CultureInfo.InvariantCulture, $" (try {progress.Attempt})") : "";
            task.Description = Markup.Escape($"{Of(name)}: {Amount.Of(progress.Items)} {stage}{again}");
        }
    }
}
