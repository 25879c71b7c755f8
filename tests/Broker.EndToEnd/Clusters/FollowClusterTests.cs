using System.Threading.Channels;
using Broker.Client.Pulls;
using Broker.EndToEnd.Client;
using Broker.Gateway.Identity;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Broker.TestKit.Postgres;
using Record = Broker.Protos.V1.Record;

namespace Broker.EndToEnd.Clusters;

/// <summary>Goal: a pull that follows outlives the nodes that it goes through, and what it brought is right to the record. Method: real processes; a silo
/// and a gateway leave while it waits, and somebody withdraws; then the books are compared and the logs audited.</summary>
public sealed class FollowClusterTests
{
    private const int Authors = 12;

    // Far beyond what is needed: what hangs must fail, and name the test.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [SkippableFact]
    public async Task It_goes_on_when_its_silo_and_its_gateway_leave_and_brings_nothing_twice()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        await using var cluster = await ProcessCluster.CreateAsync(new Dictionary<string, string> { ["BROKER_PULLS__FOLLOWPROBESECONDS"] = "1" });
        var silo = await cluster.StartSiloAsync("silo-0");
        await cluster.StartSiloAsync("silo-1");
        var (gateway, other) = (await cluster.StartGatewayAsync("gateway-0"), await cluster.StartGatewayAsync("gateway-1"));
        var calls = cluster.CallsTo(other);
        await calls.AddPlatformAsync(partitionCount: 4);
        var deal = await calls.AddDealAsync("lab", "pact");
        for (var author = 0; author < Authors; author++) await calls.DecideAsync(Author(author), ConsentChoice.Grant, TestCalls.Past);
        await calls.ImportAsync(Posts(0));

        using var partner = cluster.Connect(new VerifiedCaller { Subject = "lab", Roles = Roles.Partner, Partner = "lab" }, gateway, other);
        var (sink, counts) = (new MemorySink(), Channel.CreateUnbounded<long>());
        var session = new PullSession(partner, deal, sink, new PullOptions { Follow = true });
        var running = session.RunAsync(new Told<PullProgress>(progress => counts.Writer.TryWrite(progress.Records)));
        await UntilAsync(Authors);

        silo.Terminate(); // its partitions move
        Assert.Equal(0, await silo.ExitAsync());
        await calls.ImportAsync(Posts(1));
        await UntilAsync(2 * Authors);

        gateway.Terminate();
        Assert.Equal(0, await gateway.ExitAsync());
        await calls.ImportAsync(Posts(2));
        await UntilAsync(3 * Authors);

        await calls.DecideAsync(Author(0), ConsentChoice.Withdraw, TestCalls.Past.AddYears(2));
        await calls.ImportAsync(Posts(3));
        await UntilAsync((4 * Authors) - 1);
        session.Stop();

        var result = await running.WaitAsync(Patience);
        Assert.Equal(PullEndReason.Stopped, result.Reason);
        var expected = Enumerable.Range(0, 4).SelectMany(Posts).Select(post => post.Id).Where(id => id != $"{Author(0)}-3");
        Assert.Equal(expected.Order(), sink.Ids.Order());
        await UsageTold.UntilAsync(partner, deal, usage => (usage.Posted.RecordCount, usage.Reserved.RecordCount, usage.UncertainRecordCount) == (sink.Ids.Count(), 0, 0));
        var (exitCode, said) = await cluster.AuditAsync(other);
        Assert.True(exitCode == 0, said);

        async Task UntilAsync(int records)
        {
            using var limit = new CancellationTokenSource(Patience);
            while (await Task.WhenAny(running, counts.Reader.ReadAsync(limit.Token).AsTask()) is Task<long> count && await count < records) { }
            Assert.False(running.IsCompleted, "The pull came to its end.");
        }
    }

    private static IEnumerable<Record> Posts(int batch) =>
        Enumerable.Range(0, Authors).Select(author => TestCalls.Post($"{Author(author)}-{batch}", Author(author), $"post {batch}"));

    private static string Author(int number) => $"author-{number}";
}
