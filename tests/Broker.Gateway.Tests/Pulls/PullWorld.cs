using Apache.Arrow.Flight.Client;
using Broker.Domain.Releases;
using Broker.Gateway.Flights;
using Broker.Gateway.Identity;
using Broker.Gateway.Pulls;
using Broker.Gateway.Tests.Wire;
using Broker.Grains.Keys;
using Broker.Grains.Pulls;
using Broker.Protos.V1;
using Broker.Storage.Segments;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>A gateway on a loopback port whose partitions are scripted, whose segments lie in memory, and whose clock the test moves.</summary>
internal sealed class PullWorld : IAsyncDisposable
{
    public const string DealName = "platforms/acme/deals/pact";

    private readonly GatewayHost _host;

    private PullWorld(GatewayHost host, PullGrains grains, MemorySegments segments, WatchedTime time, PullMeter meter) =>
        (_host, Grains, Segments, Time, Meter) = (host, grains, segments, time, meter);

    public PullGrains Grains { get; }

    public MemorySegments Segments { get; }

    public WatchedTime Time { get; }

    public IReadOnlyList<ScriptedPartition> Partitions => Grains.Partitions;

    public ScriptedPartition Partition => Partitions.Single();

    /// <summary>Where it listens.</summary>
    public string Address => _host.Address;

    /// <summary>What pulls measure.</summary>
    public PullMeter Meter { get; }

    public PullService.PullServiceClient Client => new(_host.Channel);

    /// <summary>A stock Arrow Flight client.</summary>
    public FlightClient Flights => new(_host.Channel);

    public CallOptions AsPartner => _host.CallAs(Identity.Callers.Own(Roles.Partner));

    /// <summary>Call options of a caller.</summary>
    public CallOptions As(VerifiedCaller caller) => _host.CallAs(caller);

    /// <summary>Calls without any token or package.</summary>
    public CallInvoker Invoker => _host.Channel.CreateCallInvoker();

    public static async Task<PullWorld> StartAsync(int partitionCount = 1, Action<PullOptions>? configure = null, Domain.Deals.Scope? scope = null)
    {
        var (grains, segments, time, meter) = (new PullGrains(partitionCount), new MemorySegments(), new WatchedTime(), new PullMeter());
        if (scope is not null) grains.Scope = scope;
        var host = await GatewayHost.StartAsync(
            app =>
            {
                app.MapGrpcService<PullApi>();
                app.MapGrpcService<FlightApi>();
            },
            services =>
            {
                services.AddSingleton<IGrainFactory>(grains);
                services.AddSingleton<ISegmentContents>(segments);
                services.AddSingleton<IUserKeyStore>(new OneKey());
                services.AddSingleton<IEntropy>(new NoChance());
                services.AddSingleton<TimeProvider>(time);
                services.AddSingleton(_ => meter); // made by the container, so disposed of with it
                if (configure is not null) services.Configure(configure);
            });
        return new PullWorld(host, grains, segments, time, meter);
    }

    /// <summary>Opens a pull; nothing is read of it yet.</summary>
    public AsyncServerStreamingCall<PullResponse> Open(PullRequest? request = null, CancellationToken cancellationToken = default) =>
        Client.Pull(request ?? new PullRequest { Deal = DealName }, AsPartner.WithCancellationToken(cancellationToken));

    /// <summary>Pulls to the end, whichever it is. Then every slice is settled and the observer deleted.</summary>
    public async Task<PulledMessages> PullAsync(PullRequest? request = null)
    {
        using var call = Open(request);
        var pulled = await PulledMessages.ReadAsync(call);
        await EndedAsync();
        return pulled;
    }

    /// <summary>Tells the gateway to stop.</summary>
    public void BeginStop() => _host.BeginStop();

    /// <summary>Done when the stream's own end is over: it deletes its observer last.</summary>
    public async Task EndedAsync()
    {
        await Grains.Deletions.When(1);
        lock (Grains.Observers) Assert.Empty(Grains.Observers);
    }

    /// <summary>Advances the clock by nearly three leases, renewed on the way as often as it takes.</summary>
    public void OutlastTheLease(ScriptedPartition partition)
    {
        for (var step = 0; step < 4; step++)
        {
            var renewals = partition.Renewals.Count;
            Time.Advance(ScriptedPartition.Lease / 3 + TimeSpan.FromMilliseconds(1));
            partition.Renewals.When(renewals + 1).GetAwaiter().GetResult(); // one begins when the one before it holds
        }
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    /// <summary>A grant of rows [from, to) of a segment.</summary>
    public static SliceGrant Grant(int number, MemoryContent content, int from, int to, FieldPolicy? policy = null, int resend = 0) =>
        Grant(number, [(content, from, to)], policy, resend);

    public static SliceGrant Grant(int number, IReadOnlyList<(MemoryContent Content, int From, int To)> runs, FieldPolicy? policy = null, int resend = 0)
    {
        policy ??= FieldPolicy.Everything;
        using var digest = new SliceDigest();
        foreach (var run in runs)
            for (var row = run.From; row < run.To; row++)
                digest.Add(run.Content.IdAt(row));
        return new SliceGrant(
            new SliceName(1, number), resend, 100 + number, 3, runs.Sum(run => run.To - run.From), runs.Sum(run => run.Content.BytesOf(run.From, run.To, policy)), 7,
            [.. digest.Finish()], new GrantedFields(policy.Dropped, policy.Pseudonymised),
            [.. runs.Select(run => new GrantedRows(run.Content.Dataset, run.Content.SegmentId, run.Content.Digest, run.From, run.To))], ScriptedPartition.Lease);
    }
}
