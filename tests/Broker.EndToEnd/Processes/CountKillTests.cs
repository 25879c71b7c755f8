using Broker.Domain.Tokens;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Grpc.Core;
using Microsoft.ML.Tokenizers;
using Record = Broker.Protos.V1.Record;

namespace Broker.EndToEnd.Processes;

/// <summary>Goal: kill -9 between counting tokens and naming the counts loses nothing and charges nothing twice, merges included. Method: one real node is killed there
/// again and again, over the same directory, while its partner asks; then the partner's books, the files and the logs are looked at.</summary>
public sealed class CountKillTests : IDisposable
{
    private const string Partner = "lab";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly Dictionary<string, string> Quick = new() { ["BROKER_MERGES__PERIOD"] = "00:00:01", ["BROKER_MERGES__FANIN"] = "2", ["BROKER_MERGES__RETIREDFOR"] = "00:00:01" };

    private readonly TemporaryDirectory _directory = new();

    private string Objects => Path.Combine(_directory.Path, "objects");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_count_that_is_killed_before_the_log_names_it_is_made_again_and_everything_is_charged_once()
    {
        var deal = "";
        await using (var node = await ServeProcess.StartAsync(_directory.Path, new Dictionary<string, string> { ["BROKER_MERGES__PERIOD"] = "01:00:00" }))
        {
            await node.Calls.AddPlatformAsync(partitionCount: 1);
            deal = await node.Calls.AddDealAsync(Partner, "pact", TestCalls.TermsByTokens());
            await node.Calls.DecideAsync("ann", ConsentChoice.Grant, TestCalls.Past);
            await node.Calls.ImportAsync(Posts("first"));
            await node.Calls.ImportAsync(Posts("second"));
        }

        for (var kill = 0; kill < 3; kill++) await KillAsync(deal);

        await using (var node = await ServeProcess.StartAsync(_directory.Path, Quick))
        {
            var pulled = await node.Calls.PullAsync(deal, Partner);
            Assert.Equal(Posts("first").Concat(Posts("second")).Select(post => post.Id).Order(StringComparer.Ordinal), pulled.Records.Select(record => record.Id).Order(StringComparer.Ordinal));
            var tokenizer = TiktokenTokenizer.CreateForEncoding(Tokenizers.O200k);
            var tokens = pulled.Records.Sum(record => (long)tokenizer.CountTokens(record.Text));
            Assert.Equal((tokens, tokens), (pulled.Summary!.Charged.TokenCount, (await node.Calls.UsageAsync(deal, Partner)).Posted.TokenCount));

            // Not confirmed: it comes again, free, whichever files it lies in by then.
            var again = await node.Calls.PullAsync(deal, Partner);
            Assert.Equal((tokens, 0), (again.Summary!.Sent.TokenCount, again.Summary.Charged.TokenCount));
            await node.KillAsync();
        }

        var (exitCode, _, said) = await DirectoryAudit.RunAsync(_directory.Path);
        Assert.True(exitCode == 0, said);
        Assert.NotEmpty(Directory.GetFiles(Objects, $"*.{Tokenizers.O200k}-*", SearchOption.AllDirectories));
    }

    private async Task KillAsync(string deal)
    {
        try
        {
            await using var killed = await ServeProcess.StartAsync(_directory.Path, new Dictionary<string, string>(Quick) { ["BROKER_KILL_IN_MERGE"] = "Counted" });
            // The partition learns of the deal, begins to count, and is killed with the pull.
            await Assert.ThrowsAsync<RpcException>(() => killed.Calls.PullAsync(deal, Partner));
            await killed.Ended.WaitAsync(Patience);
        }
        catch (InvalidOperationException)
        {
            // It knew of the deal already, and counted before it listened.
        }
    }

    private static List<Record> Posts(string import) =>
        [.. Enumerable.Range(0, 30).Select(number => TestCalls.Post($"{import}-{number}", "ann", $"Some words of {import}, number {number}."))];
}
