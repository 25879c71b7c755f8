using Broker.Gateway.Identity;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Broker.TestKit.Postgres;
using Google.Rpc;
using Grpc.Core;
using Npgsql;
using Record = Broker.Protos.V1.Record;

namespace Broker.EndToEnd.Clusters;

/// <summary>Goal: SIGTERM loses nothing, and nobody waits for the dead. Method: real processes; a node is told to stop while an importer, a
/// partner and users are at work, or in the middle of a stream that its client holds back; then the books are compared and the logs audited.</summary>
public sealed class DrainTests : IAsyncLifetime
{
    private const int StatusDead = 6; // Orleans.Runtime.SiloStatus.Dead

    private ProcessCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        if (PostgresBinaries.Directory is null) return;
        // Long leases: a client that is held back by the test is no slow one.
        _cluster = await ProcessCluster.CreateAsync(new Dictionary<string, string> { ["BROKER_LEASES__LEASE"] = "00:00:15" });
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
    }

    [SkippableFact]
    public async Task A_silo_that_is_told_to_stop_leaves_by_itself_and_what_goes_on_is_neither_lost_nor_doubled()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        await using var cluster = await ProcessCluster.CreateAsync(new Dictionary<string, string>());
        var leaving = await cluster.StartSiloAsync("silo-0");
        await cluster.StartSiloAsync("silo-1");
        var gateway = await cluster.StartGatewayAsync("gateway-0");
        await using var load = await ClusterLoad.StartAsync(cluster, gateway);
        await load.GoOnAsync(times: 2);

        leaving.Terminate();
        Assert.Equal(0, await leaving.ExitAsync());
        var (own, status, accusers) = await MembershipOf(cluster, "silo-0");
        Assert.Equal(StatusDead, status);
        Assert.Equal(own, Assert.Single(accusers)); // it left: no other silo had to declare it dead

        await load.GoOnAsync(times: 2);
        await load.CheckAsync();
        var (exitCode, said) = await cluster.AuditAsync(gateway);
        Assert.True(exitCode == 0, said);
    }

    [SkippableFact]
    public async Task A_gateway_that_is_told_to_stop_sends_what_it_has_begun_and_sends_its_callers_to_another()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        await _cluster.StartSiloAsync("silo-0");
        var leaving = await _cluster.StartGatewayAsync("gateway-0");
        var staying = await _cluster.StartGatewayAsync("gateway-1");
        var (before, after) = (_cluster.CallsTo(leaving), _cluster.CallsTo(staying));
        var posts = Posts(authors: 20, each: 60);
        var deal = await PrepareAsync(before, posts);

        // The client reads no further than the first slice's beginning until the gateway stops: what the transport takes is little against it all.
        using var pull = before.Pulls.Pull(new PullRequest { Deal = deal, SliceRecordCountMax = 16 }, before.AsPartner("lab"));
        var pulled = new PulledStream();
        while (pulled.Begun == 0) pulled.Take(await NextAsync(pull));
        using var import = before.Datasets.ImportRecords(before.AsPlatform(Roles.PlatformAdmin));
        var importId = TestCalls.NewId();
        await import.RequestStream.WriteAsync(new() { Header = new ImportRecordsHeader { Dataset = TestCalls.Dataset, ImportId = importId } });
        await import.RequestStream.WriteAsync(new() { Batch = new ImportItemBatch { Items = { new ImportItem { Record = TestCalls.Post("late", "author-0", "late") } } } });

        leaving.Terminate();
        await leaving.Stopping;
        Assert.Equal("GATEWAY_STOPPING", ReasonOf(await Assert.ThrowsAsync<RpcException>(async () => await import)));
        Assert.Equal("GATEWAY_STOPPING", ReasonOf(await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (true) pulled.Take(await NextAsync(pull));
        })));
        Assert.Equal(0, await leaving.ExitAsync());
        Assert.Equal(0, pulled.Open);
        Assert.InRange(pulled.Records.Count(), 1, posts.Count - 1);

        await after.ConfirmAsync(deal, "lab", pulled.Ranges());
        var rest = await after.PullAsync(deal, "lab", sliceRecords: 16);
        await after.ConfirmAsync(deal, "lab", rest.Ranges());
        Assert.Equal(posts.Select(post => post.Id).Order(), pulled.Records.Concat(rest.Records).Select(record => record.Id).Order());
        Assert.Equal(1, (await after.ImportAsync([TestCalls.Post("late", "author-0", "late")], importId)).AddedCount);
        using var partner = _cluster.Connect(new VerifiedCaller { Subject = "lab", Roles = Roles.Partner, Partner = "lab" }, staying);
        await UsageTold.UntilAsync(partner, deal, usage => (usage.Posted.RecordCount, usage.UncertainRecordCount) == (posts.Count, 0));
        var (exitCode, said) = await _cluster.AuditAsync(staying);
        Assert.True(exitCode == 0, said);
    }

    private static async Task<string> PrepareAsync(TestCalls calls, IReadOnlyList<Record> posts)
    {
        await calls.AddPlatformAsync(partitionCount: 2);
        var deal = await calls.AddDealAsync("lab", "pact");
        await calls.ImportAsync(posts);
        foreach (var author in posts.Select(post => post.Author).Distinct()) await calls.DecideAsync(author, ConsentChoice.Grant, TestCalls.Past);
        return deal;
    }

    private static List<Record> Posts(int authors, int each) =>
        [.. Enumerable.Range(0, authors * each).Select(number => TestCalls.Post($"p{number}", $"author-{number % authors}", new string('x', 4_000)))];

    private static async Task<PullResponse> NextAsync(AsyncServerStreamingCall<PullResponse> pull)
    {
        Assert.True(await pull.ResponseStream.MoveNext(CancellationToken.None), "The pull came to its end.");
        return pull.ResponseStream.Current;
    }

    private static string? ReasonOf(RpcException error) => error.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason;

    /// <summary>A silo's address, its status, and who declared it dead.</summary>
    private static async Task<(string Address, int Status, string[] Accusers)> MembershipOf(ProcessCluster cluster, string name)
    {
        await using var connection = new NpgsqlConnection(cluster.Database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT address || ':' || port || '@' || generation, status, suspecttimes FROM orleansmembershiptable WHERE siloname = $1", connection);
        command.Parameters.Add(new() { Value = name });
        await using var row = await command.ExecuteReaderAsync();
        Assert.True(await row.ReadAsync(), $"{name} is not in the membership.");
        return (row.GetString(0), row.GetInt32(1), [.. row.GetString(2).Split('|').Select(accuser => accuser.Split(',')[0])]);
    }
}
