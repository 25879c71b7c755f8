using System.Globalization;
using Broker.Domain.Consents;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Faults.Rig;
using Broker.Grains.Deals;
using Broker.Grains.Partitions;
using Broker.Grains.Partners;
using Broker.Hosting.Clusters;
using Broker.TestKit.Nodes;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Broker.Benchmarks.Silos;

/// <summary>A cluster of so many silos as processes, and a gateway in this one, which calls grains as every gateway does.</summary>
internal sealed class MeasuredCluster : IAsyncDisposable
{
    /// <summary>Callers at once.</summary>
    public const int Callers = 256;

    private const int Partitions = 8;
    private const int Deals = 8;
    private const int Partners = 64;
    private const string Partner = "lab";
    private static readonly Caller Nobody = new("benchmark", "", []);

    private readonly TemporaryDirectory _root;
    private readonly RigCluster _rig;
    private readonly ClusterNode _gateway;
    private readonly IGrainFactory _grains;
    private readonly TestCalls _calls;
    private readonly GrpcChannel _channel;
    private readonly long[] _posted = new long[Deals];
    private long _next;

    private MeasuredCluster(TemporaryDirectory root, RigCluster rig, ClusterNode gateway)
    {
        (_root, _rig, _gateway) = (root, rig, gateway);
        _grains = gateway.Services.GetRequiredService<IGrainFactory>();
        _channel = GrpcChannel.ForAddress(gateway.Address);
        _calls = new TestCalls(_channel, rig.Identity);
    }

    /// <summary>How many silos it has.</summary>
    public int Silos => _rig.Silos.Length;

    /// <summary>Starts one, with what is called registered and warm.</summary>
    public static async Task<MeasuredCluster> StartAsync(int silos, CancellationToken cancellationToken)
    {
        var root = new TemporaryDirectory();
        var rig = await RigCluster.StartAsync(root.Path, silos, gateways: 0, new Dictionary<string, string>(), cancellationToken);
        var gateway = await ClusterNode.StartAsync(
            new ClusterNodeOptions
            {
                Roles = NodeRoles.Gateway,
                Listen = "127.0.0.1:0",
                Database = rig.Setting("BROKER_DATABASE"),
                KeysDatabase = rig.Setting("BROKER_KEYSDATABASE"),
                Objects = rig.Setting("BROKER_OBJECTS"),
                IdentityDirectory = rig.Setting("BROKER_IDENTITYDIRECTORY"),
                DataDirectory = Path.Combine(root.Path, "benchmark"),
            },
            builder => builder.Logging.ClearProviders(),
            cancellationToken);
        var cluster = new MeasuredCluster(root, rig, gateway);
        await cluster.PrepareAsync();
        return cluster;
    }

    /// <summary>One call that a grain answers from memory, of many grains.</summary>
    public async Task CallAsync(int caller)
    {
        var partner = string.Create(CultureInfo.InvariantCulture, $"p{(caller + Interlocked.Increment(ref _next)) % Partners}");
        await _grains.GetGrain<IPartnerGrain>(partner).GetAsync();
    }

    /// <summary>One record set aside under a deal and posted: two durable appends.</summary>
    public async Task ReserveAsync(int caller)
    {
        var deal = caller % Deals;
        var port = _grains.GetGrain<IDealReleasePort>($"{TestCalls.PlatformId}/{DealId(deal)}");
        var id = new ReservationId(1, caller % Partitions, 1, Interlocked.Increment(ref _next), 1).ToString();
        var answer = await port.ReserveAsync(new ReserveRequest(id, 1, 1, 100, 1_000, 1, 100, 1_000));
        if (answer.Refusal is { } refusal) throw new InvalidOperationException($"A reservation was refused: {refusal.Message}");
        await port.SettleAsync([new ReservationSettlement(id, ReservationOutcome.Posted, 1, 100, 1_000)]);
        Interlocked.Increment(ref _posted[deal]);
    }

    /// <summary>One user withdraws, or grants again.</summary>
    public async Task DecideAsync(int caller)
    {
        var number = Interlocked.Increment(ref _next);
        var user = string.Create(CultureInfo.InvariantCulture, $"user-{caller}");
        var decision = new ConsentDecision(
            TimeProvider.System.GetUtcNow(), Purposes.FoundationModelTraining, RecordKinds.Post, null,
            number % 2 == 0 ? ConsentChoice.Grant : ConsentChoice.Withdraw, ConsentSource.User);
        var partition = PartitionKeys.IndexOf(user, Partitions);
        if (await _grains.GetGrain<IPartitionGrain>(PartitionKeys.Of(TestCalls.PlatformId, partition)).DecideAsync(user, decision, isDated: true, Nobody) is { } refusal)
            throw new InvalidOperationException($"A decision was refused: {refusal.Message}");
    }

    /// <summary>Compares what was posted with what the deals say.</summary>
    /// <exception cref="BooksException">They differ.</exception>
    public async Task CheckAsync()
    {
        for (var deal = 0; deal < Deals; deal++)
        {
            var usage = await _grains.GetGrain<IDealGrain>($"{TestCalls.PlatformId}/{DealId(deal)}").GetUsageAsync();
            if (usage!.Posted.Records != _posted[deal] || usage.Reserved.Records != 0)
                throw new BooksException($"{DealId(deal)} of {Silos} silos has {usage.Posted.Records} posted and {usage.Reserved.Records} set aside; {_posted[deal]} were posted.");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _gateway.DisposeAsync();
        await _rig.DisposeAsync();
        _root.Dispose();
    }

    private static string DealId(int deal) => string.Create(CultureInfo.InvariantCulture, $"deal-{deal}");

    private async Task PrepareAsync()
    {
        await _calls.AddPlatformAsync(Partitions);
        for (var deal = 0; deal < Deals; deal++) await _calls.AddDealAsync(Partner, DealId(deal));
        for (var partner = 0; partner < Partners; partner++)
            await _grains.GetGrain<IPartnerGrain>(string.Create(CultureInfo.InvariantCulture, $"p{partner}")).CreateAsync("measured");
        for (var caller = 0; caller < Callers; caller++) await DecideAsync(caller);
    }
}
