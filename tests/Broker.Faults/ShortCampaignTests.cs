using Broker.Faults.Faults;
using Broker.TestKit.Nodes;
using Broker.TestKit.Postgres;
using Xunit.Abstractions;

namespace Broker.Faults;

/// <summary>Goal: faults of a real cluster break no promise. Method: PostgreSQL, three silos, two gateways and three pulling partners as processes,
/// a mixed load, each kind of fault once, judged by the auditor and by the clients' own books. All of it, for longer: see README.</summary>
public sealed class ShortCampaignTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    [SkippableFact]
    public async Task Each_kind_of_fault_once_breaks_no_promise()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        using var root = new TemporaryDirectory();
        using var limit = new CancellationTokenSource(Limit);
        IFault[] faults = [new KillSilo(), new PauseSilo(TimeSpan.FromSeconds(5)), new PauseGateway(), new KillGateway(), new KillPostgres(), new StopNode(isSilo: true), new StopNode(isSilo: false)];

        var report = await new Campaign(root.Path, seed: 1, output.WriteLine).RunAsync(faults, TimeSpan.Zero, limit.Token);

        foreach (var line in report.ToMarkdown()) output.WriteLine(line);
        Assert.Empty(report.Verdict.Violations);
        Assert.All(report.Faults, row => Assert.Equal(1, row.Times));
        Assert.True(report.Verdict.Records > 0 && report.Verdict.Breaks > 0);
    }
}
