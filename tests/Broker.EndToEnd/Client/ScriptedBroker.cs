using System.Collections.Concurrent;
using System.Net;
using Broker.Client;
using Broker.Protos.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Broker.EndToEnd.Client;

/// <summary>A broker on a loopback port that does what the test says, and writes down what it was asked.</summary>
internal sealed class ScriptedBroker : IAsyncDisposable
{
    private readonly TaskCompletionSource _confirmed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WebApplication _app;

    private ScriptedBroker(WebApplication app, Uri address) => (_app, Address) = (app, address);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>What a <c>Pull</c> does; the number of the call comes first, from 1.</summary>
    public Func<int, PullRequest, PullScript, Task> OnPull { get; set; } = async (_, _, script) =>
    {
        await script.HeaderAsync(0);
        await script.SummaryAsync();
    };

    /// <summary>What a <c>ConfirmSlices</c> does.</summary>
    public Func<ConfirmSlicesRequest, ServerCallContext, Task> OnConfirm { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>What of a confirmation the broker does not know any more.</summary>
    public Func<ConfirmSlicesRequest, IEnumerable<SliceRange>> Lost { get; set; } = _ => [];

    /// <summary>What a <c>GetUsage</c> answers.</summary>
    public Func<ServerCallContext, Usage> OnUsage { get; set; } = _ => new Usage { CurrencyCode = "USD" };

    /// <summary>What an <c>ImportRecords</c> does; the number of the call comes first, from 1.</summary>
    public Func<int, IAsyncStreamReader<ImportRecordsRequest>, Task<ImportRecordsResponse>> OnImport { get; set; } = (_, _) => throw new InvalidOperationException("No import is expected.");

    /// <summary>What an <c>ImportConsents</c> does; the number of the call comes first, from 1.</summary>
    public Func<int, IAsyncStreamReader<ImportConsentsRequest>, Task<ImportConsentsResponse>> OnConsents { get; set; } = (_, _) => throw new InvalidOperationException("No import is expected.");

    /// <summary>The recall feed.</summary>
    public ScriptedRecalls Recalls { get; } = new();

    /// <summary>What happened, in order: <c>pull</c>, <c>confirm 0/1/1-3</c>, and what the test adds.</summary>
    public ConcurrentQueue<string> Events { get; } = [];

    /// <summary>Done once a confirmation arrived: what it names was read from the stream, and a break cannot take it back.</summary>
    public Task FirstConfirmation => _confirmed.Task;

    /// <summary>The confirmations that arrived, the failed ones too.</summary>
    public ConcurrentQueue<ConfirmSlicesRequest> Confirmations { get; } = [];

    /// <summary>The tokens of the calls, in order.</summary>
    public ConcurrentQueue<string> Tokens { get; } = [];

    public static async Task<ScriptedBroker> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        var scripts = new Lazy<ScriptedBroker>[1];
        builder.Services.AddSingleton(_ => scripts[0].Value);
        var app = builder.Build();
        app.MapGrpcService<ScriptedPulls>();
        app.MapGrpcService<ScriptedDeals>();
        app.MapGrpcService<ScriptedRecallApi>();
        app.MapGrpcService<ScriptedPartners>();
        app.MapGrpcService<ScriptedDatasets>();
        app.MapGrpcService<ScriptedConsents>();
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        var broker = new ScriptedBroker(app, new Uri(address));
        scripts[0] = new(broker);
        return broker;
    }

    /// <summary>A client of it.</summary>
    public BrokerConnection Connect(TimeProvider? time = null, RetryOptions? retry = null, Func<CancellationToken, ValueTask<string>>? token = null) => new(new BrokerConnectionOptions
    {
        Address = Address,
        Time = time ?? new ScriptedTime { SkipsDelays = true },
        Retry = retry ?? new RetryOptions(),
        Random = new Random(1),
        Token = token,
    });

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    /// <summary>A range as events name it.</summary>
    public static string NameOf(SliceRange range) =>
        range.FirstSlice == range.LastSlice ? $"{range.Partition}/{range.Round}/{range.FirstSlice}" : $"{range.Partition}/{range.Round}/{range.FirstSlice}-{range.LastSlice}";

    private sealed class ScriptedPulls(ScriptedBroker broker) : PullService.PullServiceBase
    {
        public override Task Pull(PullRequest request, IServerStreamWriter<PullResponse> responseStream, ServerCallContext context)
        {
            broker.Events.Enqueue("pull");
            broker.Tokens.Enqueue(context.RequestHeaders.GetValue("authorization") ?? "");
            var number = broker.Events.Count(entry => entry == "pull");
            return broker.OnPull(number, request, new PullScript(responseStream, context));
        }

        public override async Task<ConfirmSlicesResponse> ConfirmSlices(ConfirmSlicesRequest request, ServerCallContext context)
        {
            broker.Confirmations.Enqueue(request);
            broker.Events.Enqueue($"confirm {string.Join(',', request.Slices.Select(NameOf))}");
            await broker.OnConfirm(request, context);
            broker._confirmed.TrySetResult();
            return new() { Lost = { broker.Lost(request) } };
        }
    }

    private sealed class ScriptedDeals(ScriptedBroker broker) : DealService.DealServiceBase
    {
        public override Task<GetDealResponse> GetDeal(GetDealRequest request, ServerCallContext context) =>
            Task.FromResult(new GetDealResponse { Deal = new() { Name = request.Name, Partner = "partners/lab" } });

        public override Task<GetUsageResponse> GetUsage(GetUsageRequest request, ServerCallContext context)
        {
            broker.Tokens.Enqueue(context.RequestHeaders.GetValue("authorization") ?? "");
            return Task.FromResult(new GetUsageResponse { Usage = broker.OnUsage(context) });
        }
    }

    private sealed class ScriptedDatasets(ScriptedBroker broker) : DatasetService.DatasetServiceBase
    {
        public override Task<ImportRecordsResponse> ImportRecords(IAsyncStreamReader<ImportRecordsRequest> requestStream, ServerCallContext context)
        {
            broker.Events.Enqueue("import");
            return broker.OnImport(broker.Events.Count(entry => entry == "import"), requestStream);
        }
    }

    private sealed class ScriptedConsents(ScriptedBroker broker) : ConsentService.ConsentServiceBase
    {
        public override Task<ImportConsentsResponse> ImportConsents(IAsyncStreamReader<ImportConsentsRequest> requestStream, ServerCallContext context)
        {
            broker.Events.Enqueue("consents");
            return broker.OnConsents(broker.Events.Count(entry => entry == "consents"), requestStream);
        }
    }

    private sealed class ScriptedPartners(ScriptedBroker broker) : PartnerService.PartnerServiceBase
    {
        public override Task<ListTrainingRunsResponse> ListTrainingRuns(ListTrainingRunsRequest request, ServerCallContext context) =>
            Task.FromResult(new ListTrainingRunsResponse { TrainingRuns = { broker.Recalls.Runs } });
    }

    private sealed class ScriptedRecallApi(ScriptedBroker broker) : RecallService.RecallServiceBase
    {
        public override Task<ListRecallsResponse> ListRecalls(ListRecallsRequest request, ServerCallContext context) => Task.FromResult(broker.Recalls.List(request));

        public override Task<ListRecalledRecordsResponse> ListRecalledRecords(ListRecalledRecordsRequest request, ServerCallContext context) =>
            Task.FromResult(broker.Recalls.Records(request));

        public override async Task<AnswerRecallResponse> AnswerRecall(AnswerRecallRequest request, ServerCallContext context)
        {
            broker.Events.Enqueue($"answer {request.Name.Split('/')[^1]} {request.Answer.Verdict}");
            return await broker.Recalls.AnswerAsync(request);
        }
    }
}
