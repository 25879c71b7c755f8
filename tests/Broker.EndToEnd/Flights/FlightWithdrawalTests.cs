using Apache.Arrow.Flight;
using Broker.EndToEnd.Nodes;
using Broker.Grains.Partitions;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace Broker.EndToEnd.Flights;

/// <summary>Goal: once a withdrawal is acknowledged, no flight hands anything more of that user to a transport. Method: as with typed pulls, one
/// withdrawal races with flights of several deals, met at a hand-over that is under way, watched between the gateway and the transport.</summary>
public sealed class FlightWithdrawalTests(ITestOutputHelper output)
{
    private const int Races = 12;
    private const int Deals = 4;
    private const int PostsPerUser = 40;

    [Fact]
    public async Task Nothing_of_a_user_is_flown_after_their_withdrawal_is_acknowledged_and_what_was_is_recalled()
    {
        var log = new TransportLog();
        await using var node = await TestNode.StartAsync(builder =>
        {
            builder.Services.AddSingleton(log);
            // Long enough that no lease runs out while a hand-over is held up, on any machine but a starved one.
            builder.Services.Configure<SendLeaseOptions>(options => options.Lease = TimeSpan.FromSeconds(6));
            builder.Services.PostConfigure<GrpcServiceOptions>(options => options.Interceptors.Add<TransportLog>());
        });
        await node.Calls.AddPlatformAsync(partitionCount: 1);
        var tickets = new List<FlightTicket>();
        for (var index = 0; index < Deals; index++)
        {
            var deal = await node.Calls.AddDealAsync($"lab-{index}", $"pact-{index}");
            tickets.Add((await node.Calls.FlightAsync(deal, $"lab-{index}")).Endpoints.Single().Ticket);
        }

        var random = new Random(20_261_126);
        var (late, received) = (new List<TransportLog.HandOver>(), new long[Deals]);
        for (var race = 0; race < Races; race++)
        {
            log.HandOvers.Clear();
            var user = $"user-{race}";
            var whole = await RaceAsync(node, log, tickets, user, cutAt: 1 + random.Next(Deals));
            late.AddRange(log.HandOvers.Where(handOver => handOver.User == user && handOver.At > log.Acknowledged[user]));
            for (var index = 0; index < Deals; index++) received[index] += whole[index];
        }

        output.WriteLine($"{Races} races, {Deals} flights each; each withdrawal met by a hand-over under way; handed over after the acknowledgement: {late.Count}");
        Assert.Empty(late);
        for (var index = 0; index < Deals; index++) Assert.True(await RecalledAsync(node, index) >= received[index]);
    }

    /// <summary>One race: the withdrawal comes while a message of the user is handed over. What each flight brought whole of the user.</summary>
    private static async Task<long[]> RaceAsync(TestNode node, TransportLog log, List<FlightTicket> tickets, string user, int cutAt)
    {
        await node.Calls.ImportAsync(Enumerable.Range(0, PostsPerUser).Select(number => TestCalls.Post($"{user}-{number}", user, $"post {number}")));
        await node.Calls.DecideAsync(user, ConsentChoice.Grant, TestCalls.Past);
        var handed = 0;
        var withdrawn = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        log.BeforeHandOver = async author =>
        {
            if (author != user || Interlocked.Increment(ref handed) != cutAt) return;
            // This message passed its last look at the lease, and waits here until the withdrawal is durable: an acknowledgement that did
            // not wait for it would come first.
            withdrawn.SetResult(node.Calls.DecideAsync(user, ConsentChoice.Withdraw, TestCalls.Past.AddYears(1)));
            while (!await IsWithdrawnAsync(node, user)) { }
        };
        var all = Task.WhenAll(tickets.Select((ticket, index) => FlyAsync(node, ticket, index, user)));
        // Each flight hands the user's records over in one message at least, so one of them is the one that the withdrawal meets.
        await Task.WhenAny(withdrawn.Task, all);
        Assert.True(withdrawn.Task.IsCompleted, $"{handed} hand-overs, and none was number {cutAt}.");
        await await withdrawn.Task;
        return await all;
    }

    private static async Task<bool> IsWithdrawnAsync(TestNode node, string user)
    {
        var answer = await node.Calls.Consents.GetConsentAsync(new GetConsentRequest { User = $"platforms/acme/users/{user}" }, node.Calls.AsUser(user));
        return answer.Consent.Decisions.Any(decision => decision.Choice == ConsentChoice.Withdraw);
    }

    private static async Task<long> FlyAsync(TestNode node, FlightTicket ticket, int index, string user)
    {
        while (true)
        {
            var flight = new PulledFlight();
            using var call = node.Calls.Flights.GetStream(ticket, node.Calls.AsPartner($"lab-{index}").Headers);
            try
            {
                await flight.ReadAsync(call);
            }
            catch (RpcException reset) when (reset.StatusCode is StatusCode.Internal or StatusCode.Unavailable or StatusCode.ResourceExhausted && flight.Summaries.Count == 0)
            {
                // On a machine that is busy enough a lease runs out in the middle of the hand-over that is held up here. The client calls again.
                continue;
            }

            if (flight.Slices.Count > 0) await node.Calls.ConfirmFlightAsync($"platforms/acme/deals/pact-{index}", $"lab-{index}", flight.Ranges());
            return flight.Records.Count(record => record.Author == user);
        }
    }

    private static async Task<long> RecalledAsync(TestNode node, int index)
    {
        var answer = await node.Calls.Recalls.ListRecallsAsync(
            new ListRecallsRequest { Deal = $"platforms/acme/deals/pact-{index}", PageSize = 1_000 }, node.Calls.AsPartner($"lab-{index}"));
        return answer.Recalls.Sum(recall => recall.RecordCount);
    }
}
