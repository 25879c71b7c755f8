using System.Text;
using Broker.Gateway.Identity;
using Broker.Gateway.Tests.Pulls;
using Broker.Protos.Flight;
using Broker.Protos.V1;
using Google.Protobuf;
using Grpc.Core;
using FlightAction = Broker.Protos.Flight.Action;

namespace Broker.Gateway.Tests.Flights;

/// <summary>Goal: flights are a partner's own, as pulls are. Method: every RPC of Flight with every role and with another tenant's token.</summary>
public sealed class FlightAccessTests
{
    private const string Service = "arrow.flight.protocol.FlightService";

    private static readonly FlightDescriptor Pact = new() { Type = FlightDescriptor.Types.DescriptorType.Path, Path = { PullWorld.DealName } };

    [Fact]
    public async Task Every_rpc_lets_through_the_deals_partner_and_nobody_else()
    {
        await using var world = await PullWorld.StartAsync();
        world.Partition.Known.Add(new(1, 1));
        var wrong = new List<string>();
        foreach (var (name, request) in await RequestsAsync(world))
            foreach (var role in Identity.Callers.EachRole)
            {
                await CheckAsync(name, request, Identity.Callers.Own(role), isExpected: role == Roles.Partner);
                await CheckAsync(name, request, Identity.Callers.Other(role), isExpected: role == Roles.Partner && name == "ListActions");
            }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));

        async Task CheckAsync(string name, IMessage request, VerifiedCaller caller, bool isExpected)
        {
            var status = await CallAsync(world, name, request, world.As(caller));
            var expected = isExpected ? StatusCode.OK : StatusCode.PermissionDenied;
            if (status != expected) wrong.Add($"{name} as {caller.Roles} of {caller.Partner ?? caller.Platform ?? "all"}: {status}, not {expected}");
        }
    }

    [Fact]
    public async Task Without_a_token_no_rpc_is_let_through()
    {
        await using var world = await PullWorld.StartAsync();
        foreach (var (name, request) in await RequestsAsync(world)) Assert.Equal((name, StatusCode.Unauthenticated), (name, await CallAsync(world, name, request, default)));
    }

    [Theory]
    [InlineData("Handshake")]
    [InlineData("DoPut")]
    [InlineData("DoExchange")]
    [InlineData("PollFlightInfo")]
    public async Task What_is_not_offered_is_unimplemented(string name)
    {
        await using var world = await PullWorld.StartAsync();
        Assert.Equal(StatusCode.Unimplemented, await CallAsync(world, name, Pact, world.AsPartner));
    }

    [Fact]
    public async Task A_descriptor_is_a_path_its_segments_or_a_command()
    {
        await using var world = await PullWorld.StartAsync();
        foreach (var descriptor in (FlightDescriptor[])[
            Pact,
            new() { Type = FlightDescriptor.Types.DescriptorType.Path, Path = { PullWorld.DealName.Split('/') } },
            new() { Type = FlightDescriptor.Types.DescriptorType.Cmd, Cmd = ByteString.CopyFromUtf8(PullWorld.DealName) }])
            Assert.Equal(StatusCode.OK, await CallAsync(world, "GetSchema", descriptor, world.AsPartner));
        foreach (var malformed in (FlightDescriptor[])[new(), new() { Type = FlightDescriptor.Types.DescriptorType.Path, Path = { "acme" } }])
            Assert.Equal(StatusCode.InvalidArgument, await CallAsync(world, "GetSchema", malformed, world.AsPartner));
    }

    [Theory]
    [InlineData("forget-everything", """{"deal":"platforms/acme/deals/pact"}""")]
    [InlineData("confirm-slices", "{not json")]
    [InlineData("confirm-slices", "\x01\x02")]
    [InlineData("confirm-slices", """{"deal":"platforms/acme/deals/pact","slices":[{"partition":0,"round":1,"firstSlice":7,"lastSlice":7}],"requestId":"7f1b6a3e-0b1c-4d5e-8f90-123456789abc"}""")]
    public async Task An_action_that_there_is_not_or_whose_body_is_not_its_request_is_refused(string type, string body)
    {
        await using var world = await PullWorld.StartAsync();
        world.Partition.Known.Add(new(1, 1));
        var action = new FlightAction { Type = type, Body = ByteString.CopyFrom(body, Encoding.UTF8) };
        Assert.Equal(StatusCode.InvalidArgument, await CallAsync(world, "DoAction", action, world.AsPartner));
        Assert.Empty(world.Partition.Confirmed);
    }

    [Fact]
    public async Task An_action_confirms_slices_in_json_as_in_protobuf()
    {
        await using var world = await PullWorld.StartAsync();
        world.Partition.Known.Add(new(1, 1));
        var json = new FlightAction { Type = "confirm-slices", Body = ByteString.CopyFromUtf8(JsonFormatter.Default.Format(Confirmation())) };
        Assert.Equal(StatusCode.OK, await CallAsync(world, "DoAction", json, world.AsPartner));
        Assert.Equal(StatusCode.OK, await CallAsync(world, "DoAction", Confirm(), world.AsPartner));
        Assert.All(world.Partition.Confirmed, confirmed => Assert.Equal([1], confirmed.Numbers));
        Assert.Equal(2, world.Partition.Confirmed.Count);
    }

    private static async Task<(string Name, IMessage Request)[]> RequestsAsync(PullWorld world) =>
    [
        ("GetFlightInfo", Pact), ("GetSchema", Pact), ("DoGet", await TicketAsync(world)), ("DoAction", Confirm()), ("ListActions", new Empty()),
    ];

    private static async Task<Ticket> TicketAsync(PullWorld world)
    {
        var info = await world.Flights.GetInfo(Apache.Arrow.Flight.FlightDescriptor.CreatePathDescriptor(PullWorld.DealName), world.AsPartner.Headers);
        return new Ticket { Ticket_ = info.Endpoints.Single().Ticket.Ticket };
    }

    private static FlightAction Confirm() => new() { Type = "confirm-slices", Body = Confirmation().ToByteString() };

    private static ConfirmSlicesRequest Confirmation() => new()
    {
        Deal = PullWorld.DealName,
        Slices = { new SliceRange { Round = 1, FirstSlice = 1, LastSlice = 1 } },
        RequestId = Guid.NewGuid().ToString(),
    };

    private static async Task<StatusCode> CallAsync(PullWorld world, string name, IMessage request, CallOptions options)
    {
        var bytes = Marshallers.Create<byte[]>(value => value, value => value);
        var type = name is "GetFlightInfo" or "GetSchema" or "PollFlightInfo" ? MethodType.Unary : MethodType.ServerStreaming;
        var rpc = new Method<byte[], byte[]>(type, Service, name, bytes, bytes);
        try
        {
            if (type == MethodType.Unary)
            {
                await world.Invoker.AsyncUnaryCall(rpc, null, options, request.ToByteArray());
                return StatusCode.OK;
            }

            using var call = world.Invoker.AsyncServerStreamingCall(rpc, null, options, request.ToByteArray());
            while (await call.ResponseStream.MoveNext(CancellationToken.None)) { }
            return call.GetStatus().StatusCode;
        }
        catch (RpcException error)
        {
            return error.StatusCode;
        }
    }
}
