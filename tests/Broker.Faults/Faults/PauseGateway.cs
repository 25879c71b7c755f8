using Broker.Client;
using Broker.Client.Pulls;
using Broker.Faults.Load;
using Broker.Faults.Rig;
using Broker.Gateway.Identity;
using Broker.TestKit.Nodes;
using Grpc.Net.Client;

namespace Broker.Faults.Faults;

/// <summary>A gateway is stopped between its last look at a lease and the write of records that were released; their authors withdraw, and
/// are acknowledged; it goes on, and writes them. The client must refuse what comes so late.</summary>
internal sealed class PauseGateway : IFault
{
    private const int Authors = 6;
    private const string Partner = "held";
    private static readonly TimeSpan Beyond = TimeSpan.FromSeconds(3);
    private int _runs;
    private string? _deal;

    public string Name => "pause a gateway between commit and write";

    public async Task<FaultReport> RunAsync(Scene scene, CancellationToken cancellationToken)
    {
        var (gateway, run) = (scene.Random.Next(scene.Cluster.Gateways.Length), ++_runs);
        var book = Path.Combine(scene.Cluster.Root, $"{Partner}-{run}.ndjson");
        using var connection = ConnectTo(scene, gateway);
        _deal ??= await AddDealAsync(scene);
        using (var before = new JournalSink(Path.Combine(scene.Cluster.Root, $"{Partner}-{run}-before.ndjson"))) await PullAsync(connection, before, cancellationToken);

        var authors = Enumerable.Range(0, Authors).Select(number => $"held-{run}-{number}").ToList();
        foreach (var author in authors) await scene.World.DecideAsync(author, isGrant: true, cancellationToken);
        await scene.World.ImportAsync([.. authors.SelectMany(author => Enumerable.Range(0, 5).Select(number => ($"{author}-{number}", author)))], cancellationToken);

        using var sink = new JournalSink(book);
        var process = scene.Cluster.Gateways[gateway].Process;
        await ArmAsync(scene.Cluster.FailPointOf(gateway), cancellationToken);
        var pull = PullAsync(connection, sink, cancellationToken);
        await Waiting.UntilAsync(() => Signals.IsPaused(process), TimeSpan.FromMinutes(1), "A stop at the fail point", cancellationToken);
        var began = Ticks.Now;
        await Task.WhenAll(authors.Select(author => scene.World.DecideAsync(author, isGrant: false, cancellationToken)));
        var acknowledged = Ticks.Now;
        // At once every other time: a withdrawal that had been acknowledged while the lease still ran would be found out, since the slice would not be late.
        if (run % 2 == 0) await Waiting.PassAsync(Beyond, cancellationToken);
        Signals.Resume(process);
        var resumed = Ticks.Now;
        var (late, breaks) = await pull;
        await scene.Probes.AllAnsweredSinceAsync(Ticks.Now, TimeSpan.FromMinutes(2), cancellationToken);
        RequireNothingOf(authors, book, acknowledged);
        // What it wrote late was refused by the client, or cut off by the gateway when it woke and looked at its lease again.
        if (late + breaks == 0) throw new FaultException($"gateway-{gateway} stood still before a write of records, and its client noticed nothing.");
        return new FaultReport(began, Ticks.Now, $"gateway-{gateway} stood still for {Ticks.Between(began, resumed).TotalSeconds:F1} s before a write; {Authors} authors withdrew meanwhile; {(late > 0 ? "its late slice was refused by the client" : "it cut the late slice off itself")}");
    }

    // Moved into place whole: the gateway may look at any moment.
    private async Task ArmAsync(string failPoint, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(failPoint + ".new", _deal, cancellationToken);
        File.Move(failPoint + ".new", failPoint);
    }

    private static void RequireNothingOf(List<string> authors, string book, long acknowledged)
    {
        var taken = JournalLine.Read(book).Where(line => line.At > acknowledged && line.Records is not null).SelectMany(line => line.Records!).Where(record => authors.Contains(record[1])).ToList();
        if (taken.Count > 0) throw new FaultException($"{taken.Count} records were taken after their authors' withdrawal was acknowledged, such as {taken[0][0]} of {taken[0][1]}.");
    }

    private async Task<(int Late, int Breaks)> PullAsync(BrokerConnection connection, JournalSink sink, CancellationToken cancellationToken)
    {
        var result = await new PullSession(connection, _deal!, sink, new PullOptions { SliceRecordsMax = 64, UnconfirmedAgeMax = TimeSpan.Zero }).RunAsync(null, cancellationToken);
        return (result.Total.LateSlices, result.Total.Breaks);
    }

    private static async Task<string> AddDealAsync(Scene scene)
    {
        using var channel = GrpcChannel.ForAddress(scene.Cluster.Gateways[0].Address);
        return await new TestCalls(channel, scene.Cluster.Identity).AddDealAsync(Partner, Partner);
    }

    private static BrokerConnection ConnectTo(Scene scene, int gateway) => new(new BrokerConnectionOptions
    {
        Address = scene.Cluster.Gateways[gateway].Address,
        Token = _ => ValueTask.FromResult(scene.Cluster.Identity.Mint(new VerifiedCaller { Subject = Partner, Roles = Roles.Partner, Partner = Partner }, TimeSpan.FromHours(1))),
        // A client that does not notice that its gateway stands still: what was late must be refused by its deadline alone.
        Configure = static handler => handler.KeepAlivePingDelay = Timeout.InfiniteTimeSpan,
        Retry = new RetryOptions { AttemptsMax = 100, FirstDelay = TimeSpan.FromMilliseconds(100), DelayMax = TimeSpan.FromSeconds(1) },
    });
}
