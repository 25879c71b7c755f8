using Broker.Client;
using Broker.Client.Pulls;
using Broker.Gateway.Identity;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Grpc.Core;
using Xunit.Abstractions;
using Record = Broker.Protos.V1.Record;

namespace Broker.EndToEnd.Processes;

/// <summary>Goal: kill -9 loses no acknowledged write and charges nothing twice. Method: a real node is killed 24 times, at moments that the
/// clients' own events choose, in pulls, imports and withdrawals; then the clients' books are compared with the deal's, and the logs are audited.</summary>
public sealed class KillTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Kills = 24;
    private const int Users = 40;
    private const int PostsPerUser = 30;
    private const string Partner = "lab";

    private readonly TemporaryDirectory _directory = new();
    private readonly Random _random = new(7);
    private readonly MemorySink _sink = new();
    private readonly HashSet<string> _withdrawn = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Record> _imported = new(StringComparer.Ordinal);
    private ServeProcess _node = null!;
    private string _deal = "";

    public async Task InitializeAsync()
    {
        _node = await ServeProcess.StartAsync(_directory.Path);
        await _node.Calls.AddPlatformAsync(partitionCount: 4);
        _deal = await _node.Calls.AddDealAsync(Partner, "pact", TestCalls.Records(100_000));
        await ImportAsync(Enumerable.Range(0, Users * PostsPerUser).Select(number => TestCalls.Post($"p{number}", $"user-{number % Users}", $"post {number}")).ToList());
        for (var user = 0; user < Users; user++) await _node.Calls.DecideAsync($"user-{user}", ConsentChoice.Grant, TestCalls.Past);
    }

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Kills_in_pulls_imports_and_withdrawals_lose_nothing_and_charge_nothing_twice()
    {
        for (var kill = 0; kill < Kills; kill++)
        {
            var scene = (kill % 3) switch
            {
                0 => KillInPullAsync(),
                1 => KillInImportAsync(kill),
                _ => KillInWithdrawalAsync(),
            };
            await scene;
            await _node.KillAsync();
            await RestartAsync();
            await CheckWithdrawalsAsync();
        }

        await FinishPullAsync();
        var usage = await _node.Calls.UsageAsync(_deal, Partner);
        var again = await ImportAsync([.. _imported.Values]);
        await _node.KillAsync();
        var (exitCode, _, said) = await DirectoryAudit.RunAsync(_directory.Path);

        output.WriteLine($"{Kills} kills; {_sink.RecordIds.Count} records received; charged {usage.Posted.RecordCount}, credited {usage.Credited.RecordCount}, uncertain {usage.UncertainRecordCount}; {_withdrawn.Count} withdrawals acknowledged");
        Assert.True(exitCode == 0, said);
        Assert.Equal(_sink.RecordIds.Count, _sink.RecordIds.Distinct().Count());
        // `posted` is net of credits: what was charged and kept is what arrived, and what nobody confirmed.
        Assert.Equal(usage.Posted.RecordCount, _sink.RecordIds.Count + usage.UncertainRecordCount);
        Assert.Equal(_imported.Count, again.UnchangedCount);
        Assert.NotEmpty(_withdrawn);
    }

    private async Task KillInPullAsync()
    {
        var slicesBefore = 1 + _random.Next(6);
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sink.Kept = _ =>
        {
            if (Interlocked.Decrement(ref slicesBefore) == 0) killed.TrySetResult();
        };
        using var stop = new CancellationTokenSource();
        var pull = PullAsync(stop.Token);
        await Task.WhenAny(killed.Task, pull);
        await _node.KillAsync();
        await stop.CancelAsync();
        await FailureOf(pull);
        _sink.Kept = null;
    }

    /// <summary>The node dies while an import streams, or right after its last message: it is whole or absent, and importing again completes it.</summary>
    private async Task KillInImportAsync(int kill)
    {
        var records = Enumerable.Range(0, 200).Select(number => TestCalls.Post($"k{kill}-{number}", $"user-{number % Users}", $"of kill {kill}, {number}")).ToList();
        var cut = _random.Next(2 * records.Count);
        var import = ImportAsync(records, index => index == cut);
        if (cut >= records.Count && await FailureOf(import) is null) return; // acknowledged: it must be there after the restart
        await FailureOf(import);
        await RestartAsync();
        await ImportAsync(records);
    }

    private async Task KillInWithdrawalAsync()
    {
        var user = $"user-{_random.Next(Users)}";
        using var stop = new CancellationTokenSource();
        var pull = PullAsync(stop.Token);
        var withdrawal = _node.Calls.DecideAsync(user, ConsentChoice.Withdraw, TestCalls.Past.AddYears(1));
        if (_random.Next(2) == 0) await FailureOf(withdrawal);
        await _node.KillAsync();
        if (await FailureOf(withdrawal) is null) _withdrawn.Add(user);
        await stop.CancelAsync();
        await FailureOf(pull);
    }

    private async Task CheckWithdrawalsAsync()
    {
        foreach (var user in _withdrawn)
        {
            var answer = await _node.Calls.Consents.GetConsentAsync(new GetConsentRequest { User = $"platforms/acme/users/{user}" }, _node.Calls.AsUser(user));
            Assert.Contains(answer.Consent.Decisions, decision => decision.Choice == ConsentChoice.Withdraw);
            Assert.Empty(answer.Consent.InForce);
        }
    }

    private async Task FinishPullAsync()
    {
        for (var round = 0; round < 3; round++) await PullAsync(CancellationToken.None);
    }

    private async Task<PullResult> PullAsync(CancellationToken cancellationToken)
    {
        var (address, identity) = (_node.Address, _node.Identity);
        using var connection = new BrokerConnection(new BrokerConnectionOptions
        {
            Address = address,
            Token = _ => ValueTask.FromResult(identity.Mint(new VerifiedCaller { Subject = Partner, Roles = Roles.Partner, Partner = Partner }, TimeSpan.FromHours(1))),
            Retry = new RetryOptions { AttemptsMax = 2 },
        });
        return await new PullSession(connection, _deal, _sink, new PullOptions { SliceRecordsMax = 8 }).RunAsync(null, cancellationToken);
    }

    /// <summary>Imports; where a place is named, the node is killed when the stream has come there.</summary>
    private async Task<ImportReport> ImportAsync(List<Record> records, Func<int, bool>? isKilledAt = null)
    {
        var report = await _node.Calls.ImportAsync(records.Select((record, index) =>
        {
            if (isKilledAt?.Invoke(index) == true) _node.Kill();
            return record;
        }));
        foreach (var record in records) _imported[record.Id] = record;
        return report;
    }

    private async Task RestartAsync()
    {
        await _node.DisposeAsync();
        _node = await ServeProcess.StartAsync(_directory.Path);
    }

    /// <summary>What a task threw, or null.</summary>
    private static async Task<Exception?> FailureOf(Task task)
    {
        try
        {
            await task;
            return null;
        }
        catch (Exception failure) when (failure is RpcException or BrokerException or OperationCanceledException or InvalidOperationException or IOException)
        {
            return failure;
        }
    }
}
