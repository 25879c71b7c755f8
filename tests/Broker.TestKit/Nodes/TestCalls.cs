using Apache.Arrow.Flight;
using Apache.Arrow.Flight.Client;
using Broker.Gateway.Identity;
using Broker.Protos.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;

namespace Broker.TestKit.Nodes;

/// <summary>Calls to a node as anybody of one platform (<c>acme</c>) and its partners, in this process or another.</summary>
/// <param name="channel">A channel to the node.</param>
/// <param name="identity">The node's identity.</param>
public sealed class TestCalls(GrpcChannel channel, EmbeddedIdentity identity)
{
    /// <summary>The platform's id.</summary>
    public const string PlatformId = "acme";

    /// <summary>The platform's name.</summary>
    public const string PlatformName = "platforms/acme";

    /// <summary>The one dataset's name.</summary>
    public const string Dataset = "platforms/acme/datasets/posts";

    /// <summary>A date before everything.</summary>
    public static readonly DateTimeOffset Past = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public PlatformService.PlatformServiceClient Platforms { get; } = new(channel);

    public PartnerService.PartnerServiceClient Partners { get; } = new(channel);

    public DealService.DealServiceClient Deals { get; } = new(channel);

    public ConsentService.ConsentServiceClient Consents { get; } = new(channel);

    public DatasetService.DatasetServiceClient Datasets { get; } = new(channel);

    public PullService.PullServiceClient Pulls { get; } = new(channel);

    public RecallService.RecallServiceClient Recalls { get; } = new(channel);

    public ReportService.ReportServiceClient Reports { get; } = new(channel);

    /// <summary>The stock Arrow Flight client.</summary>
    public FlightClient Flights { get; } = new(channel);

    /// <summary>Call options of the platform's admin, business team or approver.</summary>
    public CallOptions AsPlatform(Roles role) => As(new VerifiedCaller { Subject = role.ToString(), Roles = role, Platform = PlatformId });

    /// <summary>Call options of an operator or auditor.</summary>
    public CallOptions AsStaff(Roles role) => As(new VerifiedCaller { Subject = role.ToString(), Roles = role });

    /// <summary>Call options of a partner.</summary>
    public CallOptions AsPartner(string partner) => As(new VerifiedCaller { Subject = partner, Roles = Roles.Partner, Partner = partner });

    /// <summary>Call options of one of the platform's users.</summary>
    public CallOptions AsUser(string user) => As(new VerifiedCaller { Subject = user, Roles = Roles.User, Platform = PlatformId, User = user });

    /// <summary>Call options of a caller.</summary>
    public CallOptions As(VerifiedCaller caller) =>
        new(new Metadata { { "authorization", $"Bearer {identity.Mint(caller, TimeSpan.FromHours(1))}" } });

    /// <summary>Registers the platform with one dataset and an opt-in policy for training with every kind.</summary>
    public async Task AddPlatformAsync(int partitionCount)
    {
        await Platforms.CreatePlatformAsync(
            new CreatePlatformRequest { PlatformId = PlatformId, Platform = new Platform { DisplayName = "Acme", PartitionCount = partitionCount }, RequestId = NewId() },
            AsStaff(Roles.Operator));
        await Platforms.SetPolicyAsync(new SetPolicyRequest { Platform = PlatformName, Policy = OptIn(), RequestId = NewId() }, AsPlatform(Roles.PlatformAdmin));
        await Platforms.CreateDatasetAsync(
            new CreateDatasetRequest { Parent = PlatformName, DatasetId = "posts", Dataset = new Dataset { DisplayName = "Posts" }, RequestId = NewId() },
            AsPlatform(Roles.PlatformAdmin));
    }

    /// <summary>Registers a partner and an active deal of its own; returns the deal's name.</summary>
    /// <param name="partner">The partner's id.</param>
    /// <param name="deal">The deal's id.</param>
    /// <param name="limits">Its quota; none for no limit.</param>
    public Task<string> AddDealAsync(string partner, string deal, params QuotaLimit[] limits) => AddDealAsync(partner, deal, Terms(limits));

    /// <summary>Five cents a thousand tokens by <c>o200k_base</c>.</summary>
    public static ContractTerms TermsByTokens(params QuotaLimit[] limits)
    {
        var terms = Terms(limits);
        terms.Price = new Price { Unit = PriceUnit.ThousandTokens, Amount = new Money { CurrencyCode = "USD", Micros = 50_000 } };
        terms.Tokenizer = "o200k_base";
        return terms;
    }

    /// <summary>Registers a partner and a deal under any terms, approved by another person.</summary>
    public async Task<string> AddDealAsync(string partner, string deal, ContractTerms terms)
    {
        await Partners.CreatePartnerAsync(
            new CreatePartnerRequest { PartnerId = partner, Partner = new Partner { DisplayName = partner }, RequestId = NewId() },
            AsStaff(Roles.Operator));
        await Deals.ProposeDealAsync(
            new ProposeDealRequest { Parent = PlatformName, DealId = deal, Partner = $"partners/{partner}", Terms = terms, RequestId = NewId() },
            AsPlatform(Roles.Business));
        var name = $"{PlatformName}/deals/{deal}";
        await Deals.ApproveDealAsync(new ApproveDealRequest { Name = name, RequestId = NewId() }, AsPlatform(Roles.Approver));
        return name;
    }

    /// <summary>A user decides about training with posts; done when it is acknowledged.</summary>
    public async Task DecideAsync(string user, ConsentChoice choice, DateTimeOffset madeAt) => await Consents.SetConsentAsync(
        new SetConsentRequest
        {
            User = $"{PlatformName}/users/{Uri.EscapeDataString(user)}",
            Decision = new ConsentDecision
            {
                Purposes = { Purpose.FoundationModelTraining },
                Kinds = { RecordKind.Post, RecordKind.Comment },
                Choice = choice,
                MadeTime = madeAt.ToTimestamp(),
                Source = ConsentSource.User,
            },
            RequestId = NewId(),
        },
        AsUser(user));

    /// <summary>Imports records; the report.</summary>
    public async Task<ImportReport> ImportAsync(IEnumerable<Record> records, string? importId = null, bool isComplete = false)
    {
        using var call = Datasets.ImportRecords(AsPlatform(Roles.PlatformAdmin));
        await call.RequestStream.WriteAsync(new() { Header = new ImportRecordsHeader { Dataset = Dataset, ImportId = importId ?? NewId(), IsComplete = isComplete } });
        var count = 0;
        foreach (var chunk in records.Chunk(500))
        {
            count += chunk.Length;
            await call.RequestStream.WriteAsync(new() { Batch = new ImportItemBatch { Items = { chunk.Select(record => new ImportItem { Record = record }) } } });
        }

        await call.RequestStream.WriteAsync(new() { End = new ImportRecordsEnd { ItemCount = count } });
        await call.RequestStream.CompleteAsync();
        return (await call).Report;
    }

    /// <summary>Pulls a deal to the end of the stream.</summary>
    public async Task<PulledStream> PullAsync(string deal, string partner, int sliceRecords = 0)
    {
        using var call = Pulls.Pull(new PullRequest { Deal = deal, SliceRecordCountMax = sliceRecords }, AsPartner(partner));
        return await PulledStream.ReadAsync(call);
    }

    /// <summary>A deal as a flight: one endpoint for each partition.</summary>
    public async Task<FlightInfo> FlightAsync(string deal, string partner) =>
        await Flights.GetInfo(FlightDescriptor.CreatePathDescriptor(deal), AsPartner(partner).Headers);

    /// <summary>Pulls a deal by Arrow Flight, one partition after another, to the end of each stream.</summary>
    public async Task<PulledFlight> PullFlightAsync(string deal, string partner)
    {
        var pulled = new PulledFlight();
        foreach (var endpoint in (await FlightAsync(deal, partner)).Endpoints)
        {
            using var call = Flights.GetStream(endpoint.Ticket, AsPartner(partner).Headers);
            await pulled.ReadAsync(call);
        }

        return pulled;
    }

    /// <summary>Confirms slices by Arrow Flight.</summary>
    public async Task ConfirmFlightAsync(string deal, string partner, IEnumerable<SliceRange> slices)
    {
        var request = new ConfirmSlicesRequest { Deal = deal, Slices = { slices }, RequestId = NewId() };
        using var call = Flights.DoAction(new FlightAction("confirm-slices", request.ToByteString()), AsPartner(partner).Headers);
        while (await call.ResponseStream.MoveNext(CancellationToken.None)) { }
    }

    /// <summary>Confirms slices.</summary>
    public async Task ConfirmAsync(string deal, string partner, IEnumerable<SliceRange> slices) => await Pulls.ConfirmSlicesAsync(
        new ConfirmSlicesRequest { Deal = deal, Slices = { slices }, RequestId = NewId() },
        AsPartner(partner));

    /// <summary>A deal's usage.</summary>
    public async Task<Usage> UsageAsync(string deal, string partner) =>
        (await Deals.GetUsageAsync(new GetUsageRequest { Deal = deal }, AsPartner(partner))).Usage;

    /// <summary>A post.</summary>
    public static Record Post(string id, string author, string text) =>
        new() { Id = id, Author = author, Kind = RecordKind.Post, CreateTimeMs = Past.AddYears(1).ToUnixTimeMilliseconds(), Text = text, Language = "en" };

    /// <summary>A limit of records over the term.</summary>
    public static QuotaLimit Records(long amount) => new() { Measure = QuotaMeasure.Records, Window = QuotaWindow.Term, Amount = amount };

    /// <summary>A request id.</summary>
    public static string NewId() => Guid.NewGuid().ToString();

    private static Policy OptIn() => new()
    {
        Kinds = { RecordKind.Post, RecordKind.Comment, RecordKind.Like, RecordKind.Bookmark },
        Purposes = { Purpose.FoundationModelTraining },
        EffectiveTime = Past.ToTimestamp(),
        DefaultRule = new JurisdictionRule { Regime = Regime.OptIn },
        JurisdictionRules = { new JurisdictionRule { Jurisdiction = "US", Regime = Regime.OptOut, NoticeDays = 30 } },
        ObjectionChannel = "https://acme.example/object",
    };

    private static ContractTerms Terms(QuotaLimit[] limits) => new()
    {
        Scope = new Scope { Datasets = { Dataset }, Kinds = { RecordKind.Post, RecordKind.Comment }, Purposes = { Purpose.FoundationModelTraining }, IsFollowAllowed = true },
        Price = new Price { Unit = PriceUnit.Record, Amount = new Money { CurrencyCode = "USD", Micros = 1_000 } },
        Limits = { limits },
        StartTime = Past.ToTimestamp(),
        EndTime = Past.AddYears(50).ToTimestamp(),
        TimeZone = "UTC",
        RecallDeadline = Duration.FromTimeSpan(TimeSpan.FromHours(24)),
    };
}
