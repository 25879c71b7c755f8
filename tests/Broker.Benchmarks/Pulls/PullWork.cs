using System.Diagnostics;
using System.Globalization;
using Broker.Benchmarks.Nodes;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Grpc.Core;
using Record = Broker.Protos.V1.Record;

namespace Broker.Benchmarks.Pulls;

/// <summary>A partner pulls everything that there is, under a deal of its own each time, with every promise on; and a rival that only streams the same messages.</summary>
internal sealed class PullWork : IAsyncDisposable
{
    /// <summary>Records of the dataset, about 330 bytes each.</summary>
    public const int Records = 200_000;

    private const int Users = 2_000;
    private const int SliceRecords = 16_384;
    private const string Partner = "reader";

    private readonly BenchNode _node;
    private BareServer? _bare;
    private int _deals;

    private PullWork(BenchNode node) => _node = node;

    /// <summary>Imports the records and lets users decide: nine in ten grant, one in ten withdraws.</summary>
    public static async Task<PullWork> PrepareAsync(BenchNode node, CancellationToken cancellationToken)
    {
        var work = new PullWork(node);
        await node.Calls.ImportAsync(Enumerable.Range(0, Records).Select(RecordOf));
        await Parallel.ForEachAsync(Enumerable.Range(0, Users), cancellationToken, async (user, _) =>
        {
            await node.Calls.DecideAsync(UserOf(user), ConsentChoice.Grant, TestCalls.Past);
            if (user % 10 == 0) await node.Calls.DecideAsync(UserOf(user), ConsentChoice.Withdraw, TestCalls.Past.AddDays(1));
        });
        work._bare = await BareServer.StartAsync(await work.RecordMessagesAsync(), cancellationToken);
        return work;
    }

    /// <summary>Bytes of messages a second of a whole pull, from the call to the summary.</summary>
    public async Task<double> PullAsync()
    {
        var deal = await _node.Calls.AddDealAsync(Partner, NextDeal());
        var (rate, slices, records) = await ReadAsync(_node.Calls.Pulls, _node.Calls.AsPartner(Partner), deal);
        await _node.Calls.ConfirmAsync(deal, Partner, slices);
        var usage = await _node.Calls.UsageAsync(deal, Partner);
        if (usage.Posted.RecordCount != records || usage.UncertainRecordCount != 0)
            throw new BooksException($"{deal}: {usage.Posted.RecordCount} records are charged and {usage.UncertainRecordCount} uncertain; {records} came.");
        return rate;
    }

    /// <summary>The rival: the same messages, made before, by a bare gRPC service; the same client.</summary>
    public async Task<double> StreamAsync() => (await ReadAsync(_bare!.Client, default, "bare")).Rate;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_bare is not null) await _bare.DisposeAsync();
    }

    private static async Task<(double Rate, IReadOnlyList<SliceRange> Slices, long Records)> ReadAsync(PullService.PullServiceClient client, CallOptions options, string deal)
    {
        var slices = new List<SliceRange>();
        var (bytes, records) = (0L, 0L);
        var began = Stopwatch.GetTimestamp();
        using var call = client.Pull(new PullRequest { Deal = deal, SliceRecordCountMax = SliceRecords }, options);
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            bytes += message.CalculateSize();
            if (message.RecordBatch is { } batch) records += batch.Records.Count;
            if (message.SliceEnd is { } end) slices.Add(new SliceRange { Partition = end.Partition, Round = end.Round, FirstSlice = end.Slice, LastSlice = end.Slice });
        }

        return (bytes / Stopwatch.GetElapsedTime(began).TotalSeconds / 1e6, slices, records);
    }

    private async Task<IReadOnlyList<PullResponse>> RecordMessagesAsync()
    {
        var deal = await _node.Calls.AddDealAsync(Partner, NextDeal());
        var messages = new List<PullResponse>();
        using var call = _node.Calls.Pulls.Pull(new PullRequest { Deal = deal, SliceRecordCountMax = SliceRecords }, _node.Calls.AsPartner(Partner));
        await foreach (var message in call.ResponseStream.ReadAllAsync()) messages.Add(message);
        return messages;
    }

    private string NextDeal() => string.Create(CultureInfo.InvariantCulture, $"pull-{++_deals}");

    private static string UserOf(int user) => string.Create(CultureInfo.InvariantCulture, $"author-{user}");

    private static Record RecordOf(int number) => TestCalls.Post(
        string.Create(CultureInfo.InvariantCulture, $"r{number:D9}"), UserOf(number % Users), new string((char)('a' + (number % 26)), 280));
}
