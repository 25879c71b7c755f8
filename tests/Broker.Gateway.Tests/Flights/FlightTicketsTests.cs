using Broker.Gateway.Flights;
using Broker.Gateway.Identity;
using Broker.Gateway.Parsing;
using Broker.Gateway.Pulls;
using Broker.Gateway.Tests.Pulls;
using Broker.Protos.Flight;
using Broker.Protos.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Broker.Gateway.Tests.Flights;

public sealed class FlightTicketsTests
{
    private static readonly DealName Deal = new("acme", "pact");
    private static readonly VerifiedCaller Lab = Identity.Callers.Own(Roles.Partner);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));

    [Fact]
    public async Task A_ticket_of_one_gateway_opens_at_another_that_shares_the_store_of_keys()
    {
        var (deal, said) = await Gateway().OpenAsync(await SignAsync(), Lab, default);
        Assert.Equal((Deal, "lab", 3, 77L), (deal, said.Partner, said.Partition, said.Position));
    }

    [Fact]
    public async Task A_ticket_of_which_any_bit_was_changed_opens_nothing()
    {
        var ticket = (await SignAsync()).Ticket_.ToByteArray();
        for (var bit = 0; bit < ticket.Length * 8; bit++)
        {
            var edited = (byte[])ticket.Clone();
            edited[bit / 8] ^= (byte)(1 << (bit % 8));
            var refused = await RefusedAsync(new Ticket { Ticket_ = ByteString.CopyFrom(edited) }, Lab);
            Assert.Contains(refused, (string[])["TICKET_NOT_GENUINE", "INVALID_VALUE", "PERMISSION_DENIED"]);
        }
    }

    [Fact]
    public async Task A_ticket_that_was_cut_or_lengthened_opens_nothing()
    {
        var ticket = (await SignAsync()).Ticket_.ToByteArray();
        for (var length = 0; length < ticket.Length; length++) Assert.NotEmpty(await RefusedAsync(new Ticket { Ticket_ = ByteString.CopyFrom(ticket, 0, length) }, Lab));
        byte[] longer = [.. ticket, .. new PartitionTicket { Position = 1 }.ToByteArray()];
        Assert.Equal("TICKET_NOT_GENUINE", await RefusedAsync(new Ticket { Ticket_ = ByteString.CopyFrom(longer) }, Lab));
        Assert.Equal("INVALID_VALUE", await RefusedAsync(new Ticket { Ticket_ = ByteString.CopyFrom(new byte[5_000]) }, Lab));
    }

    [Fact]
    public async Task A_ticket_opens_until_it_expires()
    {
        var ticket = await SignAsync();
        _time.Advance(TimeSpan.FromMinutes(60) - TimeSpan.FromSeconds(1));
        await Gateway().OpenAsync(ticket, Lab, default);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("TICKET_EXPIRED", await RefusedAsync(ticket, Lab));
    }

    [Fact]
    public async Task A_ticket_opens_nothing_for_another_partner() =>
        Assert.Equal("TICKET_OF_ANOTHER", await RefusedAsync(await SignAsync(), Identity.Callers.Other(Roles.Partner)));

    [Fact]
    public async Task A_ticket_under_another_key_opens_nothing()
    {
        var said = (await SignAsync()).Ticket_.ToByteArray()[32..];
        byte[] forged = [.. System.Security.Cryptography.HMACSHA256.HashData(new byte[32], said), .. said];
        Assert.Equal("TICKET_NOT_GENUINE", await RefusedAsync(new Ticket { Ticket_ = ByteString.CopyFrom(forged) }, Lab));
    }

    private FlightTickets Gateway() => new(new OneKey(), Options.Create(new PullOptions()), _time);

    private Task<Ticket> SignAsync()
    {
        var gateway = Gateway();
        return gateway.SignAsync(Deal, new PartitionTicket { Partner = "lab", Deal = Deal.ToString(), Partition = 3, Position = 77, ExpireTime = gateway.ExpiryFromNow.ToTimestamp() }, default);
    }

    /// <summary>Why a ticket opens nothing: whose deal it names is looked at first, as in every call.</summary>
    private async Task<string> RefusedAsync(Ticket ticket, VerifiedCaller caller)
    {
        try
        {
            if (FlightTickets.TenantOf(ticket) != new Tenant("acme", "pact")) return "PERMISSION_DENIED";
        }
        catch (RpcException malformed)
        {
            return ReasonOf(malformed);
        }

        return ReasonOf(await Assert.ThrowsAsync<RpcException>(() => Gateway().OpenAsync(ticket, caller, default)));
    }

    private static string ReasonOf(RpcException refused) => refused.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason;
}
