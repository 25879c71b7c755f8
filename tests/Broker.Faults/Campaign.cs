using Broker.Faults.Faults;
using Broker.Faults.Judging;
using Broker.Faults.Load;
using Broker.Faults.Rig;

namespace Broker.Faults;

/// <summary>Starts a cluster, drives the mixed load, injects faults one after another, heals, drains, and judges.</summary>
/// <param name="root">An empty folder.</param>
/// <param name="seed">Of every choice of the rig's; the machine's own timing is not its to repeat.</param>
/// <param name="say">Told how it goes.</param>
internal sealed class Campaign(string root, int seed, Action<string> say)
{
    private const int Silos = 3;
    private const int Gateways = 2;
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan DrainTime = TimeSpan.FromMinutes(3);

    /// <summary>Every fault.</summary>
    public static IReadOnlyList<IFault> AllFaults =>
    [
        new KillSilo(), new PauseSilo(TimeSpan.FromSeconds(5)), new PauseGateway(), new KillGateway(), new KillPostgres(),
        new PauseSilo(TimeSpan.FromSeconds(30)), new PauseSilo(TimeSpan.FromSeconds(90)), new StopNode(isSilo: true), new StopNode(isSilo: false),
    ];

    /// <summary>Runs it.</summary>
    /// <param name="faults">Which; each at least once, then again and again.</param>
    /// <param name="span">How long to go on injecting.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<CampaignReport> RunAsync(IReadOnlyList<IFault> faults, TimeSpan span, CancellationToken cancellationToken)
    {
        say($"A cluster of {Silos} silos and {Gateways} gateways starts.");
        await using var cluster = await RigCluster.StartAsync(root, Silos, Gateways, new Dictionary<string, string>(), cancellationToken);
        try
        {
            return await RunAsync(cluster, faults, span, cancellationToken);
        }
        catch (Exception)
        {
            say(cluster.Said);
            throw;
        }
    }

    private async Task<CampaignReport> RunAsync(RigCluster cluster, IReadOnlyList<IFault> faults, TimeSpan span, CancellationToken cancellationToken)
    {
        var book = new Book();
        using var world = await World.CreateAsync(cluster, book, seed, cancellationToken);
        CuttingProxy[] proxies = [.. Enumerable.Range(0, Gateways).Select(gateway => new CuttingProxy(() => cluster.Gateways[gateway].Address))];
        var partners = StartPartners(cluster, world, proxies);
        await using var probes = new Probes(cluster, world);
        using var scene = new Scene(cluster, world, probes, proxies, new Random(seed));
        await using var load = new Workload(world, seed);
        load.Start();
        var rows = await InjectAsync(scene, faults, span, cancellationToken);
        say("Healed; the load drains.");
        await load.DrainAsync(DrainTime);
        await Task.WhenAll(partners.Select(partner => partner.FinishAsync(cancellationToken))).WaitAsync(DrainTime, cancellationToken);
        say("The books are judged.");
        book.Save(Path.Combine(root, "callers.ndjson"));
        var verdict = await new Judge(cluster, world, partners).JudgeAsync(cancellationToken);
        foreach (var partner in partners) partner.Dispose();
        foreach (var proxy in proxies) await proxy.DisposeAsync();
        return new CampaignReport(rows, verdict, book.Calls, book.Unknown);
    }

    private static List<PartnerProcess> StartPartners(RigCluster cluster, World world, IEnumerable<CuttingProxy> proxies)
    {
        Uri[] gateways = [.. cluster.Gateways.Select(gateway => gateway.Address)];
        return
        [
            PartnerProcess.Start(cluster, world.Deals.Free, "free", proxies.Select(proxy => proxy.Address)),
            PartnerProcess.Start(cluster, world.Deals.Limited, "limited", gateways.Reverse()),
            PartnerProcess.Start(cluster, world.Deals.Stopping, "stopping", gateways),
        ];
    }

    private async Task<IReadOnlyList<FaultRow>> InjectAsync(Scene scene, IReadOnlyList<IFault> faults, TimeSpan span, CancellationToken cancellationToken)
    {
        var rows = faults.Select(fault => new FaultRow(fault.Name)).ToList();
        var end = Ticks.After(Ticks.Now, span);
        for (var number = 0; number < faults.Count || Ticks.Now < end; number++)
        {
            var (fault, row) = (faults[number % faults.Count], rows[number % faults.Count]);
            await Waiting.PassAsync(Calm, cancellationToken);
            await scene.Probes.AllAnsweredSinceAsync(Ticks.Now, DrainTime, cancellationToken);
            var (calls, unknown) = (scene.World.Book.Calls, scene.World.Book.Unknown);
            var report = await fault.RunAsync(scene, cancellationToken);
            var (reads, withdrawals) = scene.Probes.LongestGaps(report.BeganAt, report.HealedAt);
            row.Add(reads, withdrawals, scene.World.Book.Calls - calls, scene.World.Book.Unknown - unknown);
            say($"{fault.Name}: {report.Evidence}; longest gap {reads.TotalSeconds:F1} s, of withdrawals {withdrawals.TotalSeconds:F1} s");
        }

        return rows;
    }
}
