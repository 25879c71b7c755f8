using Broker.Client.Files;
using Broker.Client.Pulls;
using Broker.Client.Recalls;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;

namespace Broker.Cli.Demo;

/// <summary>Partners pull; a user withdraws in the middle of it; the recalls are answered.</summary>
internal sealed class DemoPulls(DemoNode node, DemoOptions options, DemoNarrator narrator, TimeProvider time)
{
    private const string TrainingRun = "run-2026-11";
    private const int SmallSlices = 1;

    private readonly Dictionary<string, string> _mostSpoken = new(StringComparer.Ordinal);

    /// <summary>Pulls a deal into files of its own.</summary>
    public async Task<DealSummary> PullAsync(DemoPlatform platform, DemoDeal deal, CancellationToken cancellationToken)
    {
        if (deal.Awaits is not null) return await AwaitingAsync(platform, deal, cancellationToken);
        var name = $"{platform.ResourceName}/deals/{deal.Id}";
        using var files = SliceDirectory.Open(DirectoryOf(platform, deal), name, SliceFileFormat.Ndjson);
        var sink = new WatchedSink(files);
        var result = await new PullSession(node.AsPartner(deal.Partner), name, sink).RunAsync(null, cancellationToken);
        if (sink.Counts.Count > 0) _mostSpoken[platform.Id] = sink.Counts.GroupBy(entry => entry.Key.Author).MaxBy(group => group.Sum(entry => entry.Value))!.Key;
        return await SummaryAsync(platform, deal, sink, result, cancellationToken);
    }

    /// <summary>The partner's model has consumed everything that it pulled.</summary>
    public async Task RegisterTrainingRunAsync(DemoPlatform platform, DemoDeal deal, CancellationToken cancellationToken)
    {
        var name = $"{platform.ResourceName}/deals/{deal.Id}";
        using var files = SliceDirectory.OpenExisting(DirectoryOf(platform, deal));
        var partner = node.AsPartner(deal.Partner);
        var run = new TrainingRun { RunId = TrainingRun, ModelName = "demo-model-1", Deal = name };
        run.ConsumedSlices.Add(files.Held.Select(slice => new SliceRange { Partition = slice.Partition, Round = slice.Round, FirstSlice = slice.Number, LastSlice = slice.Number }));
        await partner.CallAsync(partner.Partners.RegisterTrainingRunAsync, new RegisterTrainingRunRequest { TrainingRun = run, RequestId = partner.NewId() }, cancellationToken);
        narrator.TrainingRun(deal, run);
    }

    /// <summary>A second partner pulls the same platform; when the first of a user's records has come, that user withdraws.</summary>
    public async Task<(DealSummary Deal, WithdrawalSummary Withdrawal)> PullWithWithdrawalAsync(
        DemoPlatform platform, DemoDeal deal, DemoDeal retaining, CancellationToken cancellationToken)
    {
        var name = $"{platform.ResourceName}/deals/{deal.Id}";
        using var files = SliceDirectory.Open(DirectoryOf(platform, deal), name, SliceFileFormat.Ndjson);
        var user = _mostSpoken.GetValueOrDefault(platform.Id) ?? throw new Output.CliException(new Output.CliError(ExitCode.DataError, "EXPORT_TOO_SMALL", "Nothing of the export may be licensed: give one with posts of users who did not object."));
        var (sink, withdrawal) = (new WatchedSink(files), (Task<(long ReceivedBefore, TimeSpan Took)>?)null);
        // Not awaited here: the pull goes on while the withdrawal is on its way, as it would in life.
        sink.Kept = slice => withdrawal ??= WatchedSink.RecordsOf(slice).Any(record => record.Author == user) ? WithdrawAsync(platform, user, sink, cancellationToken) : null;
        var result = await new PullSession(node.AsPartner(deal.Partner), name, sink, new PullOptions { SliceRecordsMax = SmallSlices }).RunAsync(null, cancellationToken);
        var (receivedBefore, took) = await (withdrawal ?? throw new InvalidOperationException($"{deal.PartnerName} got nothing of {user}."));
        var summary = await SummaryAsync(platform, deal, sink, result, cancellationToken);
        var (held, heldByOther) = await HeldAsync(platform, user, $"{platform.ResourceName}/deals/{retaining.Id}", cancellationToken);
        narrator.Withdrawn(user, deal, held, receivedBefore, sink.CountOf(user) - receivedBefore, heldByOther, retaining, took);

        var recalls = new List<RecallSummary>();
        recalls.AddRange(await AnswerAsync(name, deal, files, trainingRun: null, cancellationToken));
        using (var retained = SliceDirectory.OpenExisting(DirectoryOf(platform, retaining)))
            recalls.AddRange(await AnswerAsync($"{platform.ResourceName}/deals/{retaining.Id}", retaining, retained, TrainingRun, cancellationToken));
        narrator.Recalls(recalls);

        var next = await new PullSession(node.AsPartner(deal.Partner), name, sink).RunAsync(null, cancellationToken);
        narrator.NextPull(user, deal, next);
        await ReportAsync(platform, user, cancellationToken);
        return (summary, new WithdrawalSummary(
            user, name, held, receivedBefore, sink.CountOf(user) - receivedBefore, took.TotalMilliseconds, recalls, next.Total.Records));
    }

    /// <summary>The user withdraws; how much of theirs had come when that was acknowledged, and how long it took.</summary>
    private async Task<(long ReceivedBefore, TimeSpan Took)> WithdrawAsync(DemoPlatform platform, string user, WatchedSink sink, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var connection = node.AsUser(platform.Id, user);
        var decision = new ConsentDecision
        {
            Purposes = { Purpose.FoundationModelTraining },
            Kinds = { platform.Kinds },
            Choice = ConsentChoice.Withdraw,
            MadeTime = Timestamp.FromDateTimeOffset(time.GetUtcNow()),
            Source = ConsentSource.User,
        };
        await connection.CallAsync(
            connection.Consents.SetConsentAsync, new SetConsentRequest { User = UserOf(platform, user), Decision = decision, RequestId = connection.NewId() }, cancellationToken);
        return (sink.CountOf(user), time.GetElapsedTime(started));
    }

    private async Task<IEnumerable<RecallSummary>> AnswerAsync(string name, DemoDeal deal, SliceDirectory files, string? trainingRun, CancellationToken cancellationToken)
    {
        var outcomes = await new RecallSession(node.AsPartner(deal.Partner), name, files, new RecallOptions { TrainingRun = trainingRun, IsOnlyCopy = true }).ApplyAsync(null, cancellationToken);
        return outcomes.Select(outcome => new RecallSummary(
            outcome.Recall.Name, deal.PartnerName, outcome.Recall.RecordCount, Output.Words.Of(outcome.Recall.Answer?.Verdict ?? RecallVerdict.Unspecified), outcome.Recall.Answer?.TrainingRun ?? ""));
    }

    private async Task<(long Held, long HeldByOther)> HeldAsync(DemoPlatform platform, string user, string otherDeal, CancellationToken cancellationToken)
    {
        var report = await ReportOfAsync(platform, user, cancellationToken);
        return (report.HeldRecords.Sum(kind => kind.Count), report.Deliveries.Where(delivery => delivery.Deal == otherDeal).Sum(delivery => delivery.RecordCount));
    }

    private async Task ReportAsync(DemoPlatform platform, string user, CancellationToken cancellationToken) =>
        narrator.Report(user, await ReportOfAsync(platform, user, cancellationToken));

    private async Task<UserReport> ReportOfAsync(DemoPlatform platform, string user, CancellationToken cancellationToken)
    {
        var connection = node.AsUser(platform.Id, user);
        return (await connection.CallAsync(connection.Reports.GetUserReportAsync, new GetUserReportRequest { User = UserOf(platform, user) }, cancellationToken)).Report;
    }

    private async Task<DealSummary> SummaryAsync(DemoPlatform platform, DemoDeal deal, WatchedSink sink, PullResult result, CancellationToken cancellationToken)
    {
        var (byDefault, byGrant) = await CarriedAsync(platform, sink, cancellationToken);
        narrator.Pulled(deal, result, byDefault, byGrant);
        return new DealSummary(
            result.Usage.Deal, deal.PartnerName, deal.Report, Output.Words.Of(result.Usage.State), "", result.Total.Records, result.Total.Bytes, result.Usage.Posted.MoneyMicros,
            result.Usage.CurrencyCode, result.Usage.Limits[0].PostedAmount, result.Usage.Limits[0].Limit.Amount, byDefault, byGrant);
    }

    /// <summary>Which consent carries the records that came: asked for each author while they are still fresh.</summary>
    private async Task<(long ByDefault, long ByGrant)> CarriedAsync(DemoPlatform platform, WatchedSink sink, CancellationToken cancellationToken)
    {
        var admin = node.AsAdmin(platform.Id);
        var granting = new HashSet<string>(StringComparer.Ordinal);
        foreach (var author in sink.Counts.Keys.Select(key => key.Author).Distinct(StringComparer.Ordinal))
        {
            var consent = (await admin.CallAsync(admin.Consents.GetConsentAsync, new GetConsentRequest { User = UserOf(platform, author) }, cancellationToken)).Consent;
            if (consent.Decisions.Any(decision => decision.Choice == ConsentChoice.Grant)) granting.Add(author);
        }

        var byGrant = sink.Counts.Where(entry => granting.Contains(entry.Key.Author)).Sum(entry => entry.Value);
        return (sink.Counts.Values.Sum() - byGrant, byGrant);
    }

    private async Task<DealSummary> AwaitingAsync(DemoPlatform platform, DemoDeal deal, CancellationToken cancellationToken)
    {
        var partner = node.AsPartner(deal.Partner);
        var usage = (await partner.CallAsync(partner.Deals.GetUsageAsync, new GetUsageRequest { Deal = $"{platform.ResourceName}/deals/{deal.Id}" }, cancellationToken)).Usage;
        narrator.Awaiting(deal);
        return new DealSummary(
            usage.Deal, deal.PartnerName, deal.Report, Output.Words.Of(usage.State), deal.Awaits!, 0, 0, 0, usage.CurrencyCode, 0, usage.Limits[0].Limit.Amount, 0, 0);
    }

    private string DirectoryOf(DemoPlatform platform, DemoDeal deal) => Path.Combine(options.PullDirectory, $"{platform.Id}-{deal.Id}");

    private static string UserOf(DemoPlatform platform, string user) => $"{platform.ResourceName}/users/{Uri.EscapeDataString(user)}";
}
