using System.Text.Json;
using Broker.Client;
using Broker.Client.Files;
using Broker.Client.Pulls;
using Broker.Gateway.Errors;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using CsCheck;
using static Broker.EndToEnd.Client.PullScript;

namespace Broker.EndToEnd.Client;

/// <summary>Goal: whatever breaks, every record is on disk exactly once at the end. Method: a broker that sends whatever is not confirmed,
/// breaks its streams and refuses confirmations as the seed says, and a client that is started anew now and then.</summary>
public sealed class PullFaultTests
{
    private const int Slices = 6;

    [Fact]
    public async Task Whatever_breaks_every_record_is_on_disk_exactly_once()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        await Gen.Int.SampleAsync(seed => RunAsync(broker, seed), iter: 30, threads: 1);
    }

    private static async Task RunAsync(ScriptedBroker broker, int seed)
    {
        using var directory = new TemporaryDirectory();
        var faults = new Faults(seed);
        broker.OnConfirm = (request, _) =>
        {
            if (faults.Strike(4)) throw RpcErrors.Unavailable("STORE_UNAVAILABLE", "Not now.", TimeSpan.FromMilliseconds(1));
            faults.Confirm(request.Slices);
            if (faults.Strike(4)) throw RpcErrors.Unavailable("OUTCOME_UNKNOWN", "Perhaps.", TimeSpan.FromMilliseconds(1));
            return Task.CompletedTask;
        };
        broker.OnPull = async (_, _, script) =>
        {
            await script.HeaderAsync(0, 1);
            foreach (var slice in faults.Unconfirmed())
                if (!await SendAsync(script, slice, faults)) return;
            await script.SummaryAsync();
        };

        while (!await PullAsync(broker, directory.Path, faults))
        {
            // Stopped in the middle, and started anew.
        }

        var expected = All().SelectMany(slice => MemorySink.IdsOf(RecordsOf(slice))).Order(StringComparer.Ordinal);
        var lines = Directory.GetFiles(directory.Path, "*.ndjson").SelectMany(File.ReadAllLines);
        Assert.Equal(expected, lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()!).Order(StringComparer.Ordinal));
        Assert.Empty(faults.Unconfirmed());
    }

    /// <summary>Sends a slice; false where the stream broke in it.</summary>
    private static async Task<bool> SendAsync(PullScript script, SliceId slice, Faults faults)
    {
        var resend = faults.Resend(slice);
        var steps = new Func<Task>[]
        {
            () => script.BeginAsync(slice, resend),
            () => script.BatchAsync(slice, RecordsOf(slice)),
            () => script.EndAsync(slice, DigestOf(RecordsOf(slice))),
        };
        foreach (var step in steps)
        {
            if (faults.Strike(25))
            {
                script.Break();
                return false;
            }

            await step();
        }

        return true;
    }

    private static async Task<bool> PullAsync(ScriptedBroker broker, string directory, Faults faults)
    {
        using var stop = new CancellationTokenSource();
        using var sink = SliceDirectory.Open(directory, DealName, SliceFileFormat.Ndjson);
        using var connection = broker.Connect(retry: new RetryOptions { AttemptsMax = 100 });
        var stopAfter = faults.Next(0, 12);
        try
        {
            await new PullSession(connection, DealName, sink, new() { UnconfirmedMax = faults.Next(1, 4) })
                .RunAsync(new Told<PullProgress>(_ => { if (--stopAfter == 0) stop.Cancel(); }), stop.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static IEnumerable<SliceId> All() =>
        from partition in Enumerable.Range(0, 2)
        from number in Enumerable.Range(1, Slices / 2)
        select new SliceId(partition, 1, number);

    /// <summary>What the seed says, and what the broker knows; calls of several streams at once.</summary>
    private sealed class Faults(int seed)
    {
        private readonly Lock _gate = new();
        private readonly Random _random = new(seed);
        private readonly HashSet<SliceId> _confirmed = [];
        private readonly Dictionary<SliceId, int> _sendings = [];

        public bool Strike(int oneOf) => Next(0, oneOf) == 0;

        public int Next(int from, int below)
        {
            lock (_gate) return _random.Next(from, below);
        }

        public void Confirm(IEnumerable<SliceRange> ranges)
        {
            lock (_gate)
                foreach (var range in ranges)
                    for (var number = range.FirstSlice; number <= range.LastSlice; number++)
                        _confirmed.Add(new(range.Partition, range.Round, number));
        }

        public IReadOnlyList<SliceId> Unconfirmed()
        {
            lock (_gate) return [.. All().Where(slice => !_confirmed.Contains(slice))];
        }

        public int Resend(SliceId slice)
        {
            lock (_gate) return _sendings[slice] = _sendings.GetValueOrDefault(slice, -1) + 1;
        }
    }
}
