using System.Collections.Concurrent;
using Broker.Client;
using Broker.Client.Imports;
using Broker.Client.Pulls;
using Broker.EndToEnd.Processes;
using Broker.Gateway.Identity;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Google.Protobuf.WellKnownTypes;
using Record = Broker.Protos.V1.Record;

namespace Broker.EndToEnd.Clusters;

/// <summary>What goes on while nodes stop: one importer, one partner that pulls, and users who change their minds; and the books of all three.</summary>
internal sealed class ClusterLoad : IAsyncDisposable
{
    private const int Stayers = 20;
    private const int Leavers = 8;
    private const string Partner = "lab";

    // Far beyond what is needed: what hangs must fail, and name the test.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly BrokerConnection _admin;
    private readonly BrokerConnection _partner;
    private readonly BrokerConnection[] _leavers;
    private readonly string _deal;
    private readonly MemorySink _sink = new();
    private readonly ConcurrentDictionary<string, Record> _imported = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ConsentChoice> _told = new(StringComparer.Ordinal);
    private readonly List<(Func<bool> IsReached, TaskCompletionSource Reached)> _waiting = [];
    private Task _running = Task.CompletedTask;
    private volatile bool _isEnding;
    private int _imports;
    private int _pulls;
    private int _decisions;

    private ClusterLoad(ProcessCluster cluster, string deal, ClusterProcess[] gateways)
    {
        _deal = deal;
        _admin = cluster.Connect(new VerifiedCaller { Subject = "admin", Roles = Roles.PlatformAdmin, Platform = TestCalls.PlatformId }, gateways);
        _partner = cluster.Connect(new VerifiedCaller { Subject = Partner, Roles = Roles.Partner, Partner = Partner }, gateways);
        _leavers = [.. Enumerable.Range(0, Leavers).Select(number => cluster.Connect(
            new VerifiedCaller { Subject = Leaver(number), Roles = Roles.User, Platform = TestCalls.PlatformId, User = Leaver(number) }, gateways))];
    }

    /// <summary>Makes the platform, the deal and the users, and begins.</summary>
    public static async Task<ClusterLoad> StartAsync(ProcessCluster cluster, params ClusterProcess[] gateways)
    {
        var calls = cluster.CallsTo(gateways[0]);
        await calls.AddPlatformAsync(partitionCount: 4);
        var deal = await calls.AddDealAsync(Partner, "pact");
        var load = new ClusterLoad(cluster, deal, gateways);
        await load.ImportAsync();
        for (var user = 0; user < Stayers; user++) await calls.DecideAsync(Stayer(user), ConsentChoice.Grant, TestCalls.Past);
        load._running = Task.WhenAll(load.RepeatAsync(load.ImportAsync), load.RepeatAsync(load.PullAsync), load.RepeatAsync(load.DecideAsync));
        return load;
    }

    /// <summary>Done when each of the three has come to its end so often again.</summary>
    public async Task GoOnAsync(int times)
    {
        var (imports, pulls, decisions) = (_imports + times, _pulls + times, _decisions + times);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting) _waiting.Add((() => _imports >= imports && _pulls >= pulls && _decisions >= decisions, reached));
        await await Task.WhenAny(reached.Task, _running).WaitAsync(Patience); // what goes wrong there is the answer
    }

    /// <summary>Ends it, pulls what is left, and compares the books with what the broker says.</summary>
    public async Task CheckAsync()
    {
        _isEnding = true;
        await _running;
        await PullAsync();
        var last = await PullAsync();
        Assert.Equal(0, last.Total.Records);
        var got = _sink.RecordIds;
        Assert.Equal(got.Count, got.Distinct().Count() + Again(got));
        Assert.Empty(_imported.Values.Where(record => !record.Author.StartsWith("leaver", StringComparison.Ordinal)).Select(record => record.Id).Except(got));
        // `posted` is net of credits: what was charged and kept is what arrived, and what nobody confirmed.
        await UsageTold.UntilAsync(_partner, _deal, usage => usage.Posted.RecordCount == got.Count + usage.UncertainRecordCount);
        var again = await ImportAsync([.. _imported.Values]);
        Assert.Equal(_imported.Count, again.UnchangedCount);
        foreach (var (user, choice) in _told) await CheckConsentAsync(user, choice);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isEnding = true;
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var connection in _leavers.Append(_admin).Append(_partner)) connection.Dispose();
    }

    // Whoever withdrew and granted again is delivered again, and recalled before that: those alone may come more than once.
    private int Again(IReadOnlyList<string> got) =>
        got.GroupBy(id => id).Where(group => group.Count() > 1 && _imported[group.Key].Author.StartsWith("leaver", StringComparison.Ordinal)).Sum(group => group.Count() - 1);

    private async Task RepeatAsync(Func<Task> step)
    {
        try
        {
            while (!_isEnding) await step();
        }
        finally
        {
            _isEnding = true; // where one fails the others end too, and the failure is told
        }
    }

    private async Task ImportAsync()
    {
        var import = _imports;
        var authors = Enumerable.Range(0, Stayers).Select(Stayer).Concat(Enumerable.Range(0, Leavers).Select(Leaver));
        await ImportAsync([.. authors.Select(author => TestCalls.Post($"{author}-{import}", author, $"post {import} of {author}"))]);
        Count(ref _imports);
    }

    private async Task<ImportReport> ImportAsync(IReadOnlyList<Record> records)
    {
        var report = await new ImportSession(_admin, TestCalls.Dataset).RunAsync(() => records.Select(record => new ImportItem { Record = record }));
        foreach (var record in records) _imported[record.Id] = record;
        return report;
    }

    private async Task<PullResult> PullAsync()
    {
        var result = await new PullSession(_partner, _deal, _sink, new PullOptions { SliceRecordsMax = 8 }).RunAsync();
        Count(ref _pulls);
        return result;
    }

    private async Task DecideAsync()
    {
        var number = _decisions % Leavers;
        var choice = _decisions / Leavers % 2 == 0 ? ConsentChoice.Grant : ConsentChoice.Withdraw;
        await _leavers[number].CallAsync(_leavers[number].Consents.SetConsentAsync, new SetConsentRequest
        {
            User = $"{TestCalls.PlatformName}/users/{Leaver(number)}",
            Decision = new ConsentDecision
            {
                Purposes = { Purpose.FoundationModelTraining },
                Kinds = { RecordKind.Post },
                Choice = choice,
                MadeTime = TestCalls.Past.AddSeconds(_decisions).ToTimestamp(),
                Source = ConsentSource.User,
            },
            RequestId = TestCalls.NewId(),
        });
        _told[Leaver(number)] = choice;
        Count(ref _decisions);
    }

    private async Task CheckConsentAsync(string user, ConsentChoice choice)
    {
        var connection = _leavers[int.Parse(user.AsSpan("leaver-".Length), System.Globalization.CultureInfo.InvariantCulture)];
        var answer = await connection.CallAsync(connection.Consents.GetConsentAsync, new GetConsentRequest { User = $"{TestCalls.PlatformName}/users/{user}" });
        Assert.Equal(choice == ConsentChoice.Grant, answer.Consent.InForce.Count > 0);
    }

    private void Count(ref int counter)
    {
        Interlocked.Increment(ref counter);
        lock (_waiting)
            foreach (var (isReached, reached) in _waiting)
                if (isReached())
                    reached.TrySetResult();
    }

    private static string Stayer(int number) => $"stayer-{number}";

    private static string Leaver(int number) => $"leaver-{number}";
}
