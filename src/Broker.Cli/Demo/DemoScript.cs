using Broker.Auditor;
using Broker.Cli.Audit;
using Broker.Hosting.DataDirectories;
using Broker.Storage.Objects.Directory;
using Broker.Storage.Segments;

namespace Broker.Cli.Demo;

/// <summary>The demo: from the platforms' announcements to the audit.</summary>
internal sealed class DemoScript(DemoNode node, DemoOptions options, DemoNarrator narrator, TimeProvider time)
{
    public async Task<DemoSummary> RunAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        narrator.Started(node);
        var setUp = new DemoSetUp(node, options, narrator, time);
        var pulls = new DemoPulls(node, options, narrator, time);

        narrator.Chapter("Platforms announce, users decide");
        var platforms = new List<PlatformSummary>();
        foreach (var platform in DemoPlatforms.All) platforms.Add(await setUp.AddPlatformAsync(platform, cancellationToken));

        narrator.Chapter("Deals");
        foreach (var platform in DemoPlatforms.All) await setUp.AddDealsAsync(platform, cancellationToken);

        narrator.Chapter("Partners pull");
        var deals = new List<DealSummary>();
        var (contested, last) = (DemoPlatforms.All.Single(platform => platform.Id == DemoPlatforms.StackOverflow), DemoPlatforms.All.Single(platform => platform.Id == DemoPlatforms.StackOverflow).Deals[1]);
        foreach (var platform in DemoPlatforms.All)
            foreach (var deal in platform.Deals.Where(deal => deal != last))
                deals.Add(await pulls.PullAsync(platform, deal, cancellationToken));
        await pulls.RegisterTrainingRunAsync(contested, contested.Deals[0], cancellationToken);

        narrator.Chapter("A withdrawal in mid-pull");
        var (pulled, withdrawal) = await pulls.PullWithWithdrawalAsync(contested, last, contested.Deals[0], cancellationToken);
        deals.Add(pulled);

        narrator.Chapter("Audit");
        var verdict = await AuditAsync(cancellationToken);
        narrator.Audited(verdict);
        var summary = new DemoSummary
        {
            Address = node.Address,
            Platforms = platforms,
            Deals = deals,
            Withdrawal = withdrawal,
            Audit = new AuditSummary(
                verdict.Ok, verdict.ViolationCount, verdict.Totals.Logs, verdict.Totals.Entries, verdict.Totals.ReleasedRecords, verdict.Totals.RecallsIssued, verdict.Totals.RecallsAnswered),
            Seconds = time.GetElapsedTime(started).TotalSeconds,
        };
        narrator.Ended(summary);
        return summary;
    }

    private async Task<AuditVerdict> AuditAsync(CancellationToken cancellationToken)
    {
        using var segments = new SegmentStore(new DirectoryObjectStore(DataDirectory.ObjectsDirectoryOf(node.DataDirectory)));
        var rows = new StoredRows(segments);
        return await new LogAuditor(new NodeAuditSource(node.AsAuditor()), rows).RunAsync(cancellationToken);
    }
}
