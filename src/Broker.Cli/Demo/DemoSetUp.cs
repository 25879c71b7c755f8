using Broker.Cli.Imports;
using Broker.Client;
using Broker.Client.Consents;
using Broker.Client.Imports;
using Broker.Connectors;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;

namespace Broker.Cli.Demo;

/// <summary>Registers the platforms, brings their exports and their users' settings in, and closes the deals.</summary>
internal sealed class DemoSetUp(DemoNode node, DemoOptions options, DemoNarrator narrator, TimeProvider time)
{
    private const int Partitions = 4;

    /// <summary>One platform, from its registration to its users' decisions.</summary>
    public async Task<PlatformSummary> AddPlatformAsync(DemoPlatform platform, CancellationToken cancellationToken)
    {
        var (operations, admin) = (node.AsOperator(), node.AsAdmin(platform.Id));
        await operations.CallAsync(
            operations.Platforms.CreatePlatformAsync,
            new CreatePlatformRequest { PlatformId = platform.Id, Platform = new Platform { DisplayName = platform.Name, PartitionCount = Partitions }, RequestId = operations.NewId() },
            cancellationToken);
        await admin.CallAsync(
            admin.Platforms.CreateDatasetAsync,
            new CreateDatasetRequest { Parent = platform.ResourceName, DatasetId = "public", Dataset = new Dataset { DisplayName = "Public records" }, RequestId = admin.NewId() },
            cancellationToken);
        var refused = platform.Id == DemoPlatforms.X ? await RefusedPolicyAsync(admin, platform, cancellationToken) : "";
        var policy = await SetPolicyAsync(admin, platform, $"https://{platform.Id}.example/settings/data-sharing", cancellationToken);
        var (report, authors) = await ImportAsync(admin, platform, cancellationToken);
        var (users, objected, granted, excluded) = await ImportSettingsAsync(admin, platform, authors, cancellationToken);
        var summary = new PlatformSummary(
            platform.Id, refused, policy.Version, report.ReadCount, report.Accepted.Sum(kind => kind.Count), report.Refused.Sum(reason => reason.Count), users, objected, granted, excluded);
        narrator.Platform(platform, summary, report);
        return summary;
    }

    /// <summary>The platform's deals: proposed by one person, approved by another.</summary>
    public async Task AddDealsAsync(DemoPlatform platform, CancellationToken cancellationToken)
    {
        var (operations, business, approver) = (node.AsOperator(), node.AsBusiness(platform.Id), node.AsApprover(platform.Id));
        foreach (var deal in platform.Deals)
        {
            await operations.CallAsync(
                operations.Partners.CreatePartnerAsync,
                new CreatePartnerRequest { PartnerId = deal.Partner, Partner = new Partner { DisplayName = deal.PartnerName }, RequestId = operations.NewId() },
                cancellationToken);
            await business.CallAsync(
                business.Deals.ProposeDealAsync,
                new ProposeDealRequest { Parent = platform.ResourceName, DealId = deal.Id, Partner = $"partners/{deal.Partner}", Terms = TermsOf(platform, deal), RequestId = business.NewId() },
                cancellationToken);
            var approved = await approver.CallAsync(
                approver.Deals.ApproveDealAsync,
                new ApproveDealRequest { Name = $"{platform.ResourceName}/deals/{deal.Id}", RequestId = approver.NewId() },
                cancellationToken);
            narrator.Deal(platform, deal, approved.Deal);
        }
    }

    /// <summary>The policy as it was announced names no way to object; what the broker says to that.</summary>
    private async Task<string> RefusedPolicyAsync(BrokerConnection admin, DemoPlatform platform, CancellationToken cancellationToken)
    {
        try
        {
            await SetPolicyAsync(admin, platform, objectionChannel: "", cancellationToken);
            throw new InvalidOperationException("A policy without a way to object was taken.");
        }
        catch (BrokerException refusal)
        {
            narrator.PolicyRefused(platform, refusal);
            return refusal.Reason;
        }
    }

    private static async Task<Policy> SetPolicyAsync(BrokerConnection admin, DemoPlatform platform, string objectionChannel, CancellationToken cancellationToken)
    {
        var request = new SetPolicyRequest { Platform = platform.ResourceName, Policy = platform.PolicyWith(objectionChannel), RequestId = admin.NewId() };
        return (await admin.CallAsync(admin.Platforms.SetPolicyAsync, request, cancellationToken)).Policy;
    }

    private async Task<(ImportReport Report, IReadOnlyCollection<string>? Authors)> ImportAsync(BrokerConnection admin, DemoPlatform platform, CancellationToken cancellationToken)
    {
        if (options.PlatformOfExport != platform.Id)
            return (await new ImportSession(admin, platform.Dataset).RunAsync(new DemoCommunity(platform).Export, null, cancellationToken), null);
        var authors = new HashSet<string>(StringComparer.Ordinal);
        var export = Connectors.Connectors.Open(options.Format!, options.From!);
        var report = await new ImportSession(admin, platform.Dataset).RunAsync(() => Items(export, authors), null, cancellationToken);
        return (report, authors);
    }

    private static IEnumerable<ImportItem> Items(SourceExport export, HashSet<string> authors)
    {
        foreach (var item in export.Read())
        {
            if (item.Record is { } record) authors.Add(record.UserId);
            yield return ImportItems.Of(item);
        }
    }

    private async Task<(int Users, int Objected, int Granted, int Excluded)> ImportSettingsAsync(
        BrokerConnection admin, DemoPlatform platform, IReadOnlyCollection<string>? authors, CancellationToken cancellationToken)
    {
        var rows = new DemoCommunity(platform).Settings(authors).ToList();
        var taken = await new ConsentImportSession(admin, platform.ResourceName, time.GetUtcNow()).RunAsync(() => rows, null, cancellationToken);
        if (taken.RefusedCount > 0) throw new InvalidOperationException($"{platform.Name}: {taken.RefusedRows[0].Field}: {taken.RefusedRows[0].Description}");
        return (
            rows.Count,
            rows.Count(row => row.Decision?.Choice == ConsentChoice.Withdraw),
            rows.Count(row => row.Decision?.Choice == ConsentChoice.Grant),
            rows.Count(row => platform.ExcludedRegions.Contains(row.Jurisdiction)));
    }

    private ContractTerms TermsOf(DemoPlatform platform, DemoDeal deal) => new()
    {
        Scope = new Scope
        {
            Datasets = { platform.Dataset },
            Kinds = { deal.Kinds },
            Purposes = { Purpose.FoundationModelTraining },
            IsAttributionRequired = platform.Id == DemoPlatforms.StackOverflow,
        },
        Price = deal.Price,
        Limits = { new QuotaLimit { Measure = QuotaMeasure.Records, Window = QuotaWindow.Term, Amount = deal.RecordsMax } },
        StartTime = Timestamp.FromDateTimeOffset(platform.EffectiveAt),
        EndTime = Timestamp.FromDateTimeOffset(time.GetUtcNow().AddYears(1)),
        TimeZone = "UTC",
        RecallDeadline = Duration.FromTimeSpan(TimeSpan.FromHours(24)),
    };
}
