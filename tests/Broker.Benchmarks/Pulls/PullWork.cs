using System.Diagnostics;
using Broker.Benchmarks.Rivals;
using Broker.Protos.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Broker.Benchmarks.Pulls;

/// <summary>A partner pulls everything that there is, under a deal of its own each time, with every promise on; and a rival that only streams the same messages.</summary>
internal sealed class PullWork : IAsyncDisposable
{
    private readonly ReleasedRecords _records;
    private readonly RivalHost _rival;

    private PullWork(ReleasedRecords records, RivalHost rival) => (_records, _rival) = (records, rival);

    /// <summary>Keeps the messages of a pull for the rival.</summary>
    public static async Task<PullWork> PrepareAsync(ReleasedRecords records, CancellationToken cancellationToken)
    {
        var messages = await MessagesAsync(records);
        return new PullWork(records, await RivalHost.StartAsync(services => services.AddSingleton(messages), app => app.MapGrpcService<ReadyMessages>(), cancellationToken));
    }

    /// <summary>Megabytes of messages a second of a whole pull, from the call to the summary.</summary>
    public async Task<double> PullAsync()
    {
        var deal = await _records.NewDealAsync();
        var (rate, slices, records) = await ReadAsync(_records.Node.Calls.Pulls, _records.Node.Calls.AsPartner(ReleasedRecords.Partner), deal);
        await _records.SettleAsync(deal, slices, records);
        return rate;
    }

    /// <summary>The rival: the same messages, made before, by a bare gRPC service; the same client.</summary>
    public async Task<double> StreamAsync() => (await ReadAsync(new PullService.PullServiceClient(_rival.Channel), default, "bare")).Rate;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _rival.DisposeAsync();

    private static async Task<(double Rate, IReadOnlyList<SliceRange> Slices, long Records)> ReadAsync(
        PullService.PullServiceClient client, CallOptions options, string deal, List<PullResponse>? kept = null)
    {
        var slices = new List<SliceRange>();
        var (bytes, records) = (0L, 0L);
        var began = Stopwatch.GetTimestamp();
        using var call = client.Pull(RequestOf(deal), options);
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            bytes += message.CalculateSize();
            if (message.RecordBatch is { } batch) records += batch.Records.Count;
            if (message.SliceEnd is { } end) slices.Add(new SliceRange { Partition = end.Partition, Round = end.Round, FirstSlice = end.Slice, LastSlice = end.Slice });
            kept?.Add(message);
        }

        return (bytes / Stopwatch.GetElapsedTime(began).TotalSeconds / 1e6, slices, records);
    }

    private static async Task<IReadOnlyList<PullResponse>> MessagesAsync(ReleasedRecords released)
    {
        var (deal, messages) = (await released.NewDealAsync(), new List<PullResponse>());
        var (_, slices, records) = await ReadAsync(released.Node.Calls.Pulls, released.Node.Calls.AsPartner(ReleasedRecords.Partner), deal, messages);
        await released.SettleAsync(deal, slices, records);
        return messages;
    }

    private static PullRequest RequestOf(string deal) => new() { Deal = deal, SliceRecordCountMax = ReleasedRecords.SliceRecords };

    /// <summary>A gRPC service that knows no promise: it writes messages that lie ready in memory.</summary>
    private sealed class ReadyMessages(IReadOnlyList<PullResponse> messages) : PullService.PullServiceBase
    {
        public override async Task Pull(PullRequest request, IServerStreamWriter<PullResponse> responseStream, ServerCallContext context)
        {
            foreach (var message in messages) await responseStream.WriteAsync(message, context.CancellationToken);
        }
    }
}
