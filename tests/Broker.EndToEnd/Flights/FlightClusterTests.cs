using Broker.EndToEnd.Clusters;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Broker.TestKit.Postgres;

namespace Broker.EndToEnd.Flights;

/// <summary>Flights of a cluster of real processes.</summary>
public sealed class FlightClusterTests
{
    [SkippableFact]
    public async Task A_ticket_of_one_gateway_opens_at_another_and_what_is_confirmed_here_counts_there()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        await using var cluster = await ProcessCluster.CreateAsync(new Dictionary<string, string>());
        await cluster.StartSiloAsync("silo-0");
        var (here, there) = (cluster.CallsTo(await cluster.StartGatewayAsync("gateway-0")), cluster.CallsTo(await cluster.StartGatewayAsync("gateway-1")));
        await here.AddPlatformAsync(partitionCount: 2);
        await here.ImportAsync(Enumerable.Range(0, 60).Select(number => TestCalls.Post($"{number:D3}", $"user-{number % 3}", $"post {number}")));
        var deal = await here.AddDealAsync("lab", "pact", TestCalls.Records(37));
        for (var user = 0; user < 3; user++) await here.DecideAsync($"user-{user}", ConsentChoice.Grant, TestCalls.Past);

        var flight = new PulledFlight();
        foreach (var endpoint in (await here.FlightAsync(deal, "lab")).Endpoints)
        {
            using var call = there.Flights.GetStream(endpoint.Ticket, there.AsPartner("lab").Headers);
            try
            {
                await flight.ReadAsync(call);
            }
            catch (Grpc.Core.RpcException full) when (full.StatusCode == Grpc.Core.StatusCode.ResourceExhausted)
            {
                Assert.Equal(37, flight.Records.Count()); // the first partition had it all
            }
        }

        Assert.Equal(37, flight.Records.DistinctBy(record => record.Id).Count());
        await here.ConfirmFlightAsync(deal, "lab", flight.Ranges());
        var usage = await there.UsageAsync(deal, "lab");
        Assert.Equal((37, 0), (usage.Posted.RecordCount, usage.UncertainRecordCount));
    }
}
