using System.Diagnostics;
using System.Text.Json;
using Broker.Client.Pulls;
using Broker.TestKit.Nodes;
using static Broker.EndToEnd.Client.PullScript;

namespace Broker.EndToEnd.Client;

/// <summary><c>broker pull</c> as a process of its own, killed and interrupted by what the broker sees.</summary>
public sealed class KilledPullTests : IDisposable
{
    private static readonly SliceId[] Slices = [new(0, 1, 1), new(0, 1, 2), new(0, 1, 3)];

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>Goal: killed anywhere, the files hold every record once in the end. Method: `kill -9` in the middle of each slice in turn,
    /// and twice while a confirmation is taken.</summary>
    [Fact]
    public async Task A_pull_that_is_killed_goes_on_where_it_was()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var confirmed = new HashSet<SliceId>();
        Process? pull = null;
        var kills = new Queue<string>(["slice 1", "slice 2", "slice 3", "confirmation", "confirmation"]);
        bool KillAt(string place)
        {
            lock (kills)
            {
                if (!kills.TryPeek(out var next) || next != place) return false;
                kills.Dequeue();
            }

            pull!.Kill();
            pull.WaitForExit();
            return true;
        }

        broker.OnConfirm = (request, _) =>
        {
            foreach (var range in request.Slices)
                for (var number = range.FirstSlice; number <= range.LastSlice; number++)
                    lock (confirmed) confirmed.Add(new(range.Partition, range.Round, number));
            KillAt("confirmation");
            return Task.CompletedTask;
        };
        broker.OnPull = async (_, _, script) =>
        {
            await script.HeaderAsync(0);
            IReadOnlyList<SliceId> open;
            lock (confirmed) open = [.. Slices.Where(slice => !confirmed.Contains(slice))];
            foreach (var slice in open)
            {
                await script.BeginAsync(slice);
                await script.BatchAsync(slice, RecordsOf(slice).Take(2));
                if (KillAt($"slice {slice.Number}")) return;
                await script.BatchAsync(slice, RecordsOf(slice).Skip(2));
                await script.EndAsync(slice, DigestOf(RecordsOf(slice)));
            }

            await script.SummaryAsync();
        };

        var ends = new List<int>();
        do
        {
            pull = Start(broker);
            await pull.WaitForExitAsync();
            ends.Add(pull.ExitCode);
        }
        while (ends[^1] != 0 && ends.Count < 10);

        Assert.Empty(kills);
        Assert.Equal([137, 137, 137, 137, 137, 0], ends);
        Assert.Equal(Slices.SelectMany(slice => MemorySink.IdsOf(RecordsOf(slice))), Ids());
    }

    [Fact]
    public async Task A_pull_that_is_interrupted_ends_with_130_and_says_how_to_go_on()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var isWaiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        broker.OnPull = async (number, _, script) =>
        {
            await script.HeaderAsync(0);
            if (number == 1) await script.SliceAsync(Slices[0], RecordsOf(Slices[0])); // and no summary: it is confirmed, and the stream opened again
            if (number == 2)
            {
                isWaiting.SetResult();
                await script.HungUp;
            }

            if (number < 3) return;
            await script.SliceAsync(Slices[1], RecordsOf(Slices[1]));
            await script.SummaryAsync();
        };
        using var first = Start(broker);
        await isWaiting.Task;
        using var interrupt = Process.Start("kill", ["-INT", $"{first.Id}"]);
        var error = await first.StandardError.ReadToEndAsync();
        await first.WaitForExitAsync();
        Assert.Equal(130, first.ExitCode);
        Assert.Contains("same command again", error);

        using var second = Start(broker);
        await second.WaitForExitAsync();
        Assert.Equal(0, second.ExitCode);
        Assert.Equal(["pull", "confirm 0/1/1", "pull", "confirm 0/1/1", "pull", "confirm 0/1/2"], broker.Events);
        Assert.Equal(Slices[..2].SelectMany(slice => MemorySink.IdsOf(RecordsOf(slice))), Ids());
    }

    private Process Start(ScriptedBroker broker) => Process.Start(new ProcessStartInfo("dotnet")
    {
        ArgumentList = { Path.Combine(AppContext.BaseDirectory, "broker.dll"), "pull", "acme/pact", "--out", _directory.Path, "--server", $"{broker.Address}", "--token", "any" },
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private IEnumerable<string> Ids() => Directory.GetFiles(_directory.Path, "*.ndjson").Order(StringComparer.Ordinal).SelectMany(File.ReadAllLines)
        .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()!);
}
