using Apache.Arrow.Flight;
using Broker.EndToEnd.Processes;
using Broker.Gateway.Identity;
using Broker.Grains.Partitions;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Record = Broker.Protos.V1.Record;

namespace Broker.EndToEnd.Flights;

/// <summary>A node's flights to the stock .NET client.</summary>
public sealed class FlightTests
{
    [Fact]
    public async Task A_flight_brings_what_a_typed_pull_brings_charged_once_and_confirmed()
    {
        await using var node = await StartAsync(posts: 9_000);
        var (flown, typed) = (await node.Calls.AddDealAsync("lab", "pact"), await node.Calls.AddDealAsync("rival", "other"));
        for (var user = 0; user < 2; user++) await node.Calls.DecideAsync($"user-{user}", ConsentChoice.Grant, TestCalls.Past);

        var flight = await node.Calls.PullFlightAsync(flown, "lab");
        var pull = await node.Calls.PullAsync(typed, "rival");
        Assert.Equal(6_000, flight.Records.Count());
        Assert.Equal(ById(pull.Records), ById(flight.Records));
        Assert.Equal(pull.Summary!.Charged.RecordCount, flight.Charged);
        var usage = await node.Calls.UsageAsync(flown, "lab");
        Assert.Equal((6_000, 6_000), (usage.Posted.RecordCount, usage.UncertainRecordCount));
        Assert.Equal((await node.Calls.UsageAsync(typed, "rival")).Posted, usage.Posted);

        await node.Calls.ConfirmFlightAsync(flown, "lab", flight.Ranges());
        Assert.Equal(0, (await node.Calls.UsageAsync(flown, "lab")).UncertainRecordCount);
        Assert.Empty((await node.Calls.PullFlightAsync(flown, "lab")).Slices);
    }

    [Fact]
    public async Task Dropped_and_pseudonymised_fields_come_as_in_a_typed_pull()
    {
        await using var node = await StartAsync(posts: 60);
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        await AmendAsync(node, deal, scope =>
        {
            scope.PseudonymisedFields.Add(RecordField.Author);
            scope.DroppedFields.Add(RecordField.Text);
        });
        await node.Calls.DecideAsync("user-0", ConsentChoice.Grant, TestCalls.Past);
        var flight = await node.Calls.PullFlightAsync(deal, "lab");
        Assert.DoesNotContain("text", flight.Columns);
        var again = await node.Calls.PullAsync(deal, "lab"); // not confirmed: the same records, free of charge
        Assert.Equal(20, flight.Records.Count());
        Assert.All(flight.Records, record => Assert.Equal(43, record.Author.Length));
        Assert.Equal(ById(again.Records), ById(flight.Records));
    }

    [Fact]
    public async Task A_flight_that_broke_goes_on_with_the_same_ticket_and_nothing_is_charged_twice()
    {
        await using var node = await StartAsync(posts: 3_000, text: new string('x', 2_000), partitionCount: 1);
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        await node.Calls.DecideAsync("user-0", ConsentChoice.Grant, TestCalls.Past);
        var ticket = await TicketAsync(node, deal);

        var broken = new PulledFlight();
        using (var call = node.Calls.Flights.GetStream(ticket, node.Calls.AsPartner("lab").Headers))
            await Assert.ThrowsAsync<OperationCanceledException>(() => broken.ReadAsync(call, message =>
            {
                if (broken.Slices.Count == 2) throw new OperationCanceledException(); // the client goes away in the middle
            }));
        await node.Calls.ConfirmFlightAsync(deal, "lab", broken.Ranges());

        var resumed = new PulledFlight();
        using (var call = node.Calls.Flights.GetStream(ticket, node.Calls.AsPartner("lab").Headers)) await resumed.ReadAsync(call);
        Assert.Equal(1_000, broken.Records.Concat(resumed.Records).DistinctBy(record => record.Id).Count());
        Assert.Empty(broken.Records.Select(record => record.Id).Intersect(resumed.Records.Select(record => record.Id)));
        Assert.Equal(1_000, (await node.Calls.UsageAsync(deal, "lab")).Posted.RecordCount);
        await node.Calls.ConfirmFlightAsync(deal, "lab", resumed.Ranges());
        Assert.Equal(0, (await node.Calls.UsageAsync(deal, "lab")).UncertainRecordCount);
    }

    [Fact]
    public async Task A_ticket_outlives_a_restart_of_its_node()
    {
        await using var node = await StartAsync(posts: 30, partitionCount: 1);
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        await node.Calls.DecideAsync("user-0", ConsentChoice.Grant, TestCalls.Past);
        var ticket = await TicketAsync(node, deal);
        await node.RestartAsync();
        var pulled = new PulledFlight();
        using var call = node.Calls.Flights.GetStream(ticket, node.Calls.AsPartner("lab").Headers);
        await pulled.ReadAsync(call);
        Assert.Equal(10, pulled.Records.Count());
    }

    [Fact]
    public async Task An_edited_a_stolen_and_a_made_up_ticket_open_nothing()
    {
        await using var node = await StartAsync(posts: 30, partitionCount: 1);
        var deal = await node.Calls.AddDealAsync("lab", "pact");
        var rivals = await node.Calls.AddDealAsync("rival", "other");
        await node.Calls.DecideAsync("user-0", ConsentChoice.Grant, TestCalls.Past);
        var ticket = (await TicketAsync(node, deal)).Ticket.ToByteArray();

        var edited = (byte[])ticket.Clone();
        edited[^1] ^= 1; // the expiry's last bits
        Assert.Equal((StatusCode.Unauthenticated, "TICKET_NOT_GENUINE"), await RefusedAsync(node, edited, "lab"));
        Assert.Equal((StatusCode.PermissionDenied, "PERMISSION_DENIED"), await RefusedAsync(node, ticket, "rival"));
        Assert.Equal((StatusCode.InvalidArgument, "INVALID_VALUE"), await RefusedAsync(node, [1, 2, 3], "lab"));
        // A ticket whose deal's name is exchanged for one's own: the signature is of another key, and of other words.
        var forged = PartitionTicket.Parser.ParseFrom(ticket.AsSpan(32));
        (forged.Deal, forged.Partner) = (rivals, "rival");
        Assert.Equal((StatusCode.Unauthenticated, "TICKET_NOT_GENUINE"), await RefusedAsync(node, [.. ticket[..32], .. forged.ToByteArray()], "rival"));
        Assert.Equal(0, (await node.Calls.UsageAsync(deal, "lab")).Posted.RecordCount);
    }

    [Fact]
    public async Task The_quota_is_sold_to_its_last_record_and_not_one_more_over_all_partitions_at_once()
    {
        await using var node = await StartAsync(posts: 400);
        var deal = await node.Calls.AddDealAsync("lab", "pact", TestCalls.Records(171));
        for (var user = 0; user < 3; user++) await node.Calls.DecideAsync($"user-{user}", ConsentChoice.Grant, TestCalls.Past);
        var info = await node.Calls.FlightAsync(deal, "lab");
        var pulled = await Task.WhenAll(info.Endpoints.Select(async endpoint =>
        {
            var flight = new PulledFlight();
            using var call = node.Calls.Flights.GetStream(endpoint.Ticket, node.Calls.AsPartner("lab").Headers);
            try
            {
                await flight.ReadAsync(call);
            }
            catch (RpcException full) when (full.StatusCode == StatusCode.ResourceExhausted)
            {
                Assert.Empty(flight.Slices); // others took all of it
            }

            return flight;
        }));
        Assert.Equal(171, pulled.Sum(flight => flight.Records.Count()));
        Assert.Equal(171, (await node.Calls.UsageAsync(deal, "lab")).Posted.RecordCount);
        Assert.Contains(pulled.SelectMany(flight => flight.Summaries), summary => summary.ExhaustedLimit == "records/term");
    }

    [Fact]
    public async Task Flights_are_the_partners_own_deals()
    {
        await using var node = await StartAsync(posts: 6);
        var (first, second) = (await node.Calls.AddDealAsync("lab", "pact"), await node.Calls.AddDealAsync("rival", "other"));
        Assert.Equal([first], await ListAsync(node, "lab", new FlightCriteria()));
        Assert.Equal([second], await ListAsync(node, "rival", new FlightCriteria("platforms/acme")));
        var refused = await Assert.ThrowsAsync<RpcException>(() => ListAsync(node, "lab", new FlightCriteria("all of them")));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);

        var info = await node.Calls.FlightAsync(first, "lab");
        Assert.Equal((4, -1, -1), (info.Endpoints.Count, info.TotalRecords, info.TotalBytes));
        var schema = await node.Calls.Flights.GetSchema(FlightDescriptor.CreatePathDescriptor(first), node.Calls.AsPartner("lab").Headers);
        Assert.Equal(info.Schema.FieldsList.Select(field => (field.Name, field.DataType.Name)), schema.FieldsList.Select(field => (field.Name, field.DataType.Name)));
        using var actions = node.Calls.Flights.ListActions(node.Calls.AsPartner("lab").Headers);
        Assert.True(await actions.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal("confirm-slices", actions.ResponseStream.Current.Type);
    }

    [Fact]
    public async Task An_auditor_finds_nothing_wrong_with_what_was_flown()
    {
        await using var node = await StartAsync(posts: 90, leaseSeconds: 2);
        var deal = await node.Calls.AddDealAsync("lab", "pact", TestCalls.Records(50));
        for (var user = 0; user < 2; user++) await node.Calls.DecideAsync($"user-{user}", ConsentChoice.Grant, TestCalls.Past);
        var pulled = await node.Calls.PullFlightAsync(deal, "lab");
        await node.Calls.ConfirmFlightAsync(deal, "lab", pulled.Ranges());
        await node.Calls.DecideAsync("user-0", ConsentChoice.Withdraw, TestCalls.Past.AddYears(1));
        await node.Node.StopAsync(CancellationToken.None);
        using var copy = new TemporaryDirectory(); // the node's own is still locked
        DirectoryAudit.Copy(node.Node.DataDirectory, copy.Path);
        var (exit, _, said) = await DirectoryAudit.RunAsync(copy.Path);
        Assert.True(exit == 0, said);
    }

    /// <summary>Posts of three users in turn. The lease is long, so that no stream is cut off on a machine that is busy enough; a withdrawal soon after
    /// the start would wait for it.</summary>
    private static async Task<TestNode> StartAsync(int posts, string text = "", int partitionCount = 4, int leaseSeconds = 10)
    {
        var node = await TestNode.StartAsync(builder => builder.Services.Configure<SendLeaseOptions>(options => options.Lease = TimeSpan.FromSeconds(leaseSeconds)));
        await node.Calls.AddPlatformAsync(partitionCount);
        await node.Calls.ImportAsync(Enumerable.Range(0, posts).Select(number => TestCalls.Post($"{number:D5}", $"user-{number % 3}", $"post {number} {text}")));
        return node;
    }

    /// <summary>The ticket of the only partition.</summary>
    private static async Task<FlightTicket> TicketAsync(TestNode node, string deal) => (await node.Calls.FlightAsync(deal, "lab")).Endpoints.Single().Ticket;

    private static async Task<(StatusCode Status, string Reason)> RefusedAsync(TestNode node, byte[] ticket, string partner)
    {
        using var call = node.Calls.Flights.GetStream(new FlightTicket(ticket), node.Calls.AsPartner(partner).Headers);
        var refused = await Assert.ThrowsAsync<RpcException>(() => new PulledFlight().ReadAsync(call));
        return (refused.StatusCode, refused.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
    }

    private static async Task<List<string>> ListAsync(TestNode node, string partner, FlightCriteria criteria)
    {
        using var call = node.Calls.Flights.ListFlights(criteria, node.Calls.AsPartner(partner).Headers);
        var names = new List<string>();
        while (await call.ResponseStream.MoveNext(CancellationToken.None)) names.Add(call.ResponseStream.Current.Descriptor.Paths.Single());
        return names;
    }

    private static async Task AmendAsync(TestNode node, string deal, Action<Scope> change)
    {
        var terms = (await node.Calls.Deals.GetDealAsync(new GetDealRequest { Name = deal }, node.Calls.AsPlatform(Roles.Business))).Deal.Contract.Terms.Clone();
        change(terms.Scope);
        await node.Calls.Deals.AmendDealAsync(new AmendDealRequest { Name = deal, Terms = terms, RequestId = TestCalls.NewId() }, node.Calls.AsPlatform(Roles.Business));
        await node.Calls.Deals.ApproveAmendmentAsync(new ApproveAmendmentRequest { Name = deal, Version = 2, RequestId = TestCalls.NewId() }, node.Calls.AsPlatform(Roles.Approver));
    }

    private static List<Record> ById(IEnumerable<Record> records) => [.. records.OrderBy(record => record.Id, StringComparer.Ordinal)];
}
