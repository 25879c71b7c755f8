using System.Globalization;
using Broker.Client.Imports;
using Broker.Faults.Rig;
using Broker.Gateway.Identity;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Google.Protobuf.WellKnownTypes;
using Grpc.Net.Client;

namespace Broker.Faults.Load;

/// <summary>Who and what there is: one platform, its users, three deals of three kinds.</summary>
internal sealed class World : IDisposable
{
    /// <summary>Partitions of the platform.</summary>
    public const int Partitions = 4;

    /// <summary>Users whose consent comes and goes.</summary>
    public const int Users = 120;

    /// <summary>Records of a limited deal.</summary>
    public const long Limit = 800;

    private const int PostsPerUser = 12;

    private readonly Caller _admin;
    private readonly Caller _business;
    private readonly Random _random;
    private long _imports;

    private World(RigCluster cluster, Book book, int seed)
    {
        (Book, _random) = (book, new Random(seed));
        Uri[] gateways = [.. cluster.Gateways.Select(gateway => gateway.Address)];
        _admin = new Caller(cluster.Identity, new VerifiedCaller { Subject = "admin", Roles = Roles.PlatformAdmin, Platform = TestCalls.PlatformId }, gateways, book);
        _business = new Caller(cluster.Identity, new VerifiedCaller { Subject = "ada", Roles = Roles.Business, Platform = TestCalls.PlatformId }, [.. gateways.Reverse()], book);
    }

    /// <summary>What the callers were told.</summary>
    public Book Book { get; }

    /// <summary>A deal without a limit; one whose quota fills; one that is suspended and resumed.</summary>
    public (string Free, string Limited, string Stopping) Deals { get; private set; }

    /// <summary>The platform's admin.</summary>
    public Caller Admin => _admin;

    /// <summary>The platform's business team.</summary>
    public Caller Business => _business;

    /// <summary>The name of a user.</summary>
    public static string UserName(int user) => string.Create(CultureInfo.InvariantCulture, $"user-{user}");

    /// <summary>Registers everything, imports the first records, and takes everybody's grant.</summary>
    public static async Task<World> CreateAsync(RigCluster cluster, Book book, int seed, CancellationToken cancellationToken)
    {
        var world = new World(cluster, book, seed);
        using var channel = GrpcChannel.ForAddress(cluster.Gateways[0].Address);
        var calls = new TestCalls(channel, cluster.Identity);
        await calls.AddPlatformAsync(Partitions);
        world.Deals = (
            await calls.AddDealAsync("free", "free"),
            await calls.AddDealAsync("limited", "limited", TestCalls.Records(Limit)),
            await calls.AddDealAsync("stopping", "stopping"));
        await world.ImportAsync([.. Enumerable.Range(0, Users * PostsPerUser).Select(number => (Id: $"p{number}", Author: UserName(number % Users)))], cancellationToken);
        await Parallel.ForEachAsync(Enumerable.Range(0, Users), cancellationToken, async (user, token) => await world.DecideAsync(UserName(user), isGrant: true, token));
        return world;
    }

    /// <summary>A user decides; written down when it is acknowledged.</summary>
    public async Task<Book.Decision> DecideAsync(string user, bool isGrant, CancellationToken cancellationToken)
    {
        var started = Ticks.Now;
        var request = new SetConsentRequest
        {
            User = $"{TestCalls.PlatformName}/users/{user}",
            Decision = new ConsentDecision
            {
                Purposes = { Purpose.FoundationModelTraining },
                Kinds = { RecordKind.Post, RecordKind.Comment },
                Choice = isGrant ? ConsentChoice.Grant : ConsentChoice.Withdraw,
                MadeTime = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow()),
                Source = ConsentSource.User,
            },
            RequestId = TestCalls.NewId(),
        };
        await _admin.CallAsync(_admin.Connection.Consents.SetConsentAsync, request, cancellationToken);
        var decision = new Book.Decision(user, isGrant, started, Ticks.Now);
        Book.Decisions.Enqueue(decision);
        return decision;
    }

    /// <summary>Suspends or resumes a deal.</summary>
    public async Task StopAsync(string deal, bool isSuspended, CancellationToken cancellationToken)
    {
        var started = Ticks.Now;
        if (isSuspended) await _business.CallAsync(_business.Connection.Deals.SuspendDealAsync, new SuspendDealRequest { Name = deal, Reason = "a fault test", RequestId = TestCalls.NewId() }, cancellationToken);
        else await _business.CallAsync(_business.Connection.Deals.ResumeDealAsync, new ResumeDealRequest { Name = deal, RequestId = TestCalls.NewId() }, cancellationToken);
        Book.Stops.Enqueue(new Book.Stop(deal, isSuspended, started, Ticks.Now));
    }

    /// <summary>Imports a few new records of some users.</summary>
    public Task ImportSomeAsync(CancellationToken cancellationToken)
    {
        var import = Interlocked.Increment(ref _imports);
        List<(string, string)> records = [];
        lock (_random)
        {
            for (var number = 0; number < 20; number++) records.Add((string.Create(CultureInfo.InvariantCulture, $"i{import}-{number}"), UserName(_random.Next(Users))));
        }

        return ImportAsync(records, cancellationToken);
    }

    /// <summary>Imports records until the import is acknowledged.</summary>
    public async Task<ImportReport> ImportAsync(IReadOnlyList<(string Id, string Author)> records, CancellationToken cancellationToken)
    {
        var options = new ImportOptions { ImportId = Guid.Parse(TestCalls.NewId()), CanReopen = true };
        while (true)
        {
            try
            {
                var report = await new ImportSession(_admin.Connection, TestCalls.Dataset, options).RunAsync(
                    () => records.Select(record => new ImportItem { Record = TestCalls.Post(record.Id, record.Author, $"what {record.Author} wrote in {record.Id}") }), null, cancellationToken);
                Book.Answered();
                Book.Imports.Enqueue(new Book.Imported(records));
                return report;
            }
            catch (Client.BrokerException error) when (error.IsTransient || error.Reason == "MANIFEST_CHANGED")
            {
                if (error.IsOutcomeUnknown) Book.Unanswered();
                await Waiting.PassAsync(TimeSpan.FromMilliseconds(200), cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _admin.Dispose();
        _business.Dispose();
    }
}
