using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace Broker.EndToEnd.Nodes;

/// <summary>Goal: once a withdrawal is acknowledged, nothing more of that user is handed to a transport. Method: 200 races of one withdrawal
/// with 16 pulls, each met by it at another hand-over that is under way, watched between the gateway and the transport.</summary>
public sealed class WithdrawalRaceTests(ITestOutputHelper output)
{
    private const int Races = 200;
    private const int Pulls = 16;
    private const int PostsPerUser = 24;

    [Fact]
    public async Task Nothing_of_a_user_is_handed_over_after_their_withdrawal_is_acknowledged()
    {
        var log = new TransportLog();
        await using var node = await TestNode.StartAsync(builder =>
        {
            builder.Services.AddSingleton(log);
            builder.Services.PostConfigure<GrpcServiceOptions>(options => options.Interceptors.Add<TransportLog>());
        });
        await node.Calls.AddPlatformAsync(partitionCount: 2);
        var deals = new List<string>();
        for (var index = 0; index < Pulls; index++) deals.Add(await node.Calls.AddDealAsync($"lab-{index}", $"pact-{index}"));

        var random = new Random(20_261_125);
        var (inFlight, late) = (0, new List<TransportLog.HandOver>());
        var received = deals.ToDictionary(deal => deal, _ => new Dictionary<string, int>(StringComparer.Ordinal));
        for (var race = 0; race < Races; race++)
        {
            log.HandOvers.Clear();
            var user = $"user-{race}";
            var whole = await RaceAsync(node, log, deals, user, cutAt: 1 + random.Next(Pulls * PostsPerUser / 2));
            var acknowledged = log.Acknowledged[user];
            late.AddRange(log.HandOvers.Where(handOver => handOver.User == user && handOver.At > acknowledged));
            if (whole.Sum() is > 0 and < Pulls * PostsPerUser) inFlight++;
            foreach (var (index, deal) in deals.Index()) received[deal][user] = whole[index];
        }

        output.WriteLine($"{Races} races, {Pulls} pulls each; records of the user in flight in {inFlight}; handed over after the acknowledgement: {late.Count}");
        Assert.Empty(late);
        Assert.True(inFlight > Races / 4, $"Only {inFlight} of {Races} races met records in flight: the test shows too little.");
        foreach (var (index, deal) in deals.Index()) await CheckRecallsAsync(node, deal, $"lab-{index}", received[deal]);
    }

    /// <summary>One race: the withdrawal comes at a hand-over's moment. What each pull received whole of the user.</summary>
    private static async Task<int[]> RaceAsync(TestNode node, TransportLog log, List<string> deals, string user, int cutAt)
    {
        await node.Calls.ImportAsync(Enumerable.Range(0, PostsPerUser).Select(number => TestCalls.Post($"{user}-{number}", user, $"post {number}")));
        await node.Calls.DecideAsync(user, ConsentChoice.Grant, TestCalls.Past);

        var handed = 0;
        var withdrawn = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        log.BeforeHandOver = async author =>
        {
            if (author != user || Interlocked.Increment(ref handed) != cutAt) return;
            // This message passed its last look at the lease, and now meets a transport that takes its time: until the withdrawal is
            // durable. An acknowledgement that did not wait for it would come first.
            withdrawn.SetResult(node.Calls.DecideAsync(user, ConsentChoice.Withdraw, TestCalls.Past.AddYears(1)));
            while (!await IsWithdrawnAsync(node, user)) { }
        };
        var all = Task.WhenAll(deals.Select((deal, index) => PullAsync(node, deal, $"lab-{index}", user)));
        await Task.WhenAny(withdrawn.Task, all);
        await (withdrawn.Task.IsCompleted ? await withdrawn.Task : node.Calls.DecideAsync(user, ConsentChoice.Withdraw, TestCalls.Past.AddYears(1)));
        return await all;
    }

    private static async Task<bool> IsWithdrawnAsync(TestNode node, string user)
    {
        var answer = await node.Calls.Consents.GetConsentAsync(new GetConsentRequest { User = $"platforms/acme/users/{user}" }, node.Calls.AsUser(user));
        return answer.Consent.Decisions.Any(decision => decision.Choice == ConsentChoice.Withdraw);
    }

    private static async Task<int> PullAsync(TestNode node, string deal, string partner, string user)
    {
        PulledStream? pulled = null;
        while (pulled is null)
        {
            using var call = node.Calls.Pulls.Pull(new PullRequest { Deal = deal, SliceRecordCountMax = 1 }, node.Calls.AsPartner(partner));
            try
            {
                pulled = await PulledStream.ReadAsync(call);
            }
            catch (RpcException reset) when (reset.StatusCode == StatusCode.Internal && reset.GetRpcStatus() is null)
            {
                // On a machine that is busy enough a revoked lease runs out in the middle of the hand-over that is held up here. The stream
                // is reset then, and its client calls again.
            }
        }

        if (pulled.Slices.Count > 0) await node.Calls.ConfirmAsync(deal, partner, pulled.Ranges());
        return pulled.Records.Count(record => record.Author == user);
    }

    /// <summary>Whatever was received is recalled.</summary>
    private static async Task CheckRecallsAsync(TestNode node, string deal, string partner, Dictionary<string, int> received)
    {
        var recalled = (await RecallsAsync(node, deal, partner)).GroupBy(recall => recall.Author).ToDictionary(group => group.Key, group => group.Sum(recall => recall.RecordCount));
        Assert.All(received.Where(got => got.Value > 0), got => Assert.True(recalled.GetValueOrDefault(got.Key) >= got.Value, $"{deal}: {got}"));
    }

    private static async Task<List<Recall>> RecallsAsync(TestNode node, string deal, string partner)
    {
        var recalls = new List<Recall>();
        var request = new ListRecallsRequest { Deal = deal, PageSize = 1_000 };
        do
        {
            var page = await node.Calls.Recalls.ListRecallsAsync(request, node.Calls.AsPartner(partner));
            recalls.AddRange(page.Recalls);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return recalls;
    }
}
