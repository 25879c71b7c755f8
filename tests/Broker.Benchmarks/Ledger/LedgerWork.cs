using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Broker.Benchmarks.Nodes;
using Broker.Domain.Consents;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Grains.Deals;
using Broker.Grains.Partitions;
using Broker.TestKit.Nodes;
using Npgsql;

namespace Broker.Benchmarks.Ledger;

/// <summary>What is done with quota and consent on a node, and what rivals do with the same database.</summary>
internal sealed class LedgerWork : IAsyncDisposable
{
    /// <summary>Callers at once.</summary>
    public const int Callers = 256;

    private const int PostsAtOnce = 1_000;
    private const string Partner = "lab";
    private static readonly Caller Nobody = new("benchmark", "", []);
    private const string DealId = "pact";

    private readonly BenchNode _node;
    private readonly NpgsqlDataSource _rivals;
    private readonly ConcurrentQueue<string> _reserved = new();
    private long _next;
    private long _posted;

    private LedgerWork(BenchNode node) => (_node, _rivals) = (node, NpgsqlDataSource.Create(node.Database));

    private IGrainFactory Grains => _node.Grains;

    /// <summary>Prepares it on a node: everything that is called is warm, and past the barrier after a take-over.</summary>
    public static async Task<LedgerWork> PrepareAsync(BenchNode node)
    {
        var work = new LedgerWork(node);
        await node.Calls.AddDealAsync(Partner, DealId);
        for (var caller = 0; caller < Callers; caller++) await work.DecideAsync(caller);
        await using var create = work._rivals.CreateCommand(
            "CREATE TABLE rival_decisions (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id text NOT NULL, choice int NOT NULL, made timestamptz NOT NULL DEFAULT now())");
        await create.ExecuteNonQueryAsync();
        return work;
    }

    /// <summary>One record set aside under the one deal: durable when this returns. <see cref="PostAsync()"/> posts it.</summary>
    public async Task ReserveAsync(int caller) => _reserved.Enqueue(await ReserveOneAsync(caller));

    /// <summary>Posts what was set aside, many at a time.</summary>
    public async Task PostAsync()
    {
        var ids = new List<string>();
        while (_reserved.TryDequeue(out var id)) ids.Add(id);
        foreach (var some in ids.Chunk(PostsAtOnce)) await PostAsync(some);
    }

    /// <summary>One record set aside under the one deal, and posted: both are durable when this returns.</summary>
    public async Task ReserveAndPostAsync(int caller) => await PostAsync([await ReserveOneAsync(caller)]);

    /// <summary>The rival: the same counted in one grain's state, written with <c>WriteStateAsync</c> each time.</summary>
    public Task CountInStateAsync(int caller) => Grains.GetGrain<ICounterGrain>("pact").AddAsync();

    /// <summary>A user withdraws, or grants again: durable, and effective everywhere, when this returns.</summary>
    public async Task DecideAsync(int caller)
    {
        var user = string.Create(CultureInfo.InvariantCulture, $"user-{caller}");
        var choice = Interlocked.Increment(ref _next) % 2 == 0 ? ConsentChoice.Grant : ConsentChoice.Withdraw;
        var decision = new ConsentDecision(TimeProvider.System.GetUtcNow(), Purposes.FoundationModelTraining, RecordKinds.Post, null, choice, ConsentSource.User);
        var partition = Grains.GetGrain<IPartitionGrain>(PartitionKeys.Of(TestCalls.PlatformId, PartitionKeys.IndexOf(user, BenchNode.Partitions)));
        if (await partition.DecideAsync(user, decision, isDated: true, Nobody) is { } refusal) throw new InvalidOperationException($"A decision was refused: {refusal.Message}");
    }

    /// <summary>The rival: each user a grain that writes its state.</summary>
    public Task DecideInStateAsync(int caller) => Grains.GetGrain<ICounterGrain>(string.Create(CultureInfo.InvariantCulture, $"user-{caller}")).AddAsync();

    /// <summary>The rival: a row, committed.</summary>
    public async Task InsertAsync(int caller)
    {
        await using var command = _rivals.CreateCommand("INSERT INTO rival_decisions (user_id, choice) VALUES ($1, $2)");
        command.Parameters.Add(new() { Value = string.Create(CultureInfo.InvariantCulture, $"user-{caller}") });
        command.Parameters.Add(new() { Value = caller % 2 });
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Compares what was posted with what the deal says.</summary>
    /// <exception cref="BooksException">They differ.</exception>
    public async Task CheckAsync()
    {
        var usage = (await Grains.GetGrain<IDealGrain>($"{TestCalls.PlatformId}/{DealId}").GetUsageAsync())!;
        if (usage.Posted.Records != _posted || usage.Reserved.Records != 0)
            throw new BooksException($"The deal has {usage.Posted.Records} posted and {usage.Reserved.Records} set aside; {_posted} were posted.");
    }

    /// <summary>So many a second, by all callers at once.</summary>
    public static async Task<double> RateAsync(Func<int, Task> act, TimeSpan span)
    {
        var done = 0L;
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(began) < span)
            {
                await act(caller);
                Interlocked.Increment(ref done);
            }
        })));
        return done / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>The 99th percentile of so many calls, one after another; milliseconds.</summary>
    public static async Task<double> Percentile99Async(Func<int, Task> act, int calls)
    {
        var spans = new Samples();
        for (var call = 0; call < calls; call++)
        {
            var began = Stopwatch.GetTimestamp();
            await act(call % Callers);
            spans.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return spans.Percentile99;
    }

    private async Task<string> ReserveOneAsync(int caller)
    {
        var id = new ReservationId(1, caller % BenchNode.Partitions, 1, Interlocked.Increment(ref _next), 1).ToString();
        var answer = await Deal.ReserveAsync(new ReserveRequest(id, 1, 1, 100, 1_000, 1, 100, 1_000));
        return answer.Refusal is { } refusal ? throw new InvalidOperationException($"A reservation was refused: {refusal.Message}") : id;
    }

    private async Task PostAsync(string[] ids)
    {
        await Deal.SettleAsync([.. ids.Select(id => new ReservationSettlement(id, ReservationOutcome.Posted, 1, 100, 1_000))]);
        Interlocked.Add(ref _posted, ids.Length);
    }

    private IDealReleasePort Deal => Grains.GetGrain<IDealReleasePort>($"{TestCalls.PlatformId}/{DealId}");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _rivals.DisposeAsync();
}
