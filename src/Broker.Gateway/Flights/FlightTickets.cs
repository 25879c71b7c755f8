using System.Collections.Concurrent;
using System.Security.Cryptography;
using Broker.Gateway.Errors;
using Broker.Gateway.Identity;
using Broker.Gateway.Parsing;
using Broker.Gateway.Pulls;
using Broker.Grains.Keys;
using Broker.Grains.Logs;
using Broker.Protos.Flight;
using Broker.Protos.V1;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Broker.Gateway.Flights;

/// <summary>Makes and opens tickets: what they say, after an HMAC-SHA-256 under a key of the deal's own.</summary>
/// <remarks>The keys lie with the deals' pseudonym keys in the store of keys, which all gateways of a cluster share and no log or its backup
/// holds: a ticket of one gateway opens at every other. A ticket lets nobody in by itself: the caller's token is checked as in every call.</remarks>
internal sealed class FlightTickets(IUserKeyStore keys, IOptions<PullOptions> options, TimeProvider time)
{
    private const int SignatureBytes = HMACSHA256.HashSizeInBytes;
    private const int TicketBytesMax = 4_096;

    private readonly ConcurrentDictionary<DealName, byte[]> _keys = new();

    /// <summary>Until when a ticket that is made now opens streams.</summary>
    public DateTimeOffset ExpiryFromNow => time.GetUtcNow().AddMinutes(options.Value.TicketMinutes);

    /// <summary>Makes a ticket.</summary>
    /// <param name="deal">The deal that it names.</param>
    /// <param name="ticket">What it says.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="UserKeysUnavailableException">The store of keys does not answer.</exception>
    public async Task<Ticket> SignAsync(DealName deal, PartitionTicket ticket, CancellationToken cancellationToken)
    {
        var said = ticket.ToByteArray();
        byte[] signed = [.. HMACSHA256.HashData(await KeyOfAsync(deal, cancellationToken), said), .. said];
        return new Ticket { Ticket_ = UnsafeByteOperations.UnsafeWrap(signed) };
    }

    /// <summary>Whose deal a ticket names; nothing of it is believed yet.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT: it is no ticket.</exception>
    public static Tenant TenantOf(Ticket ticket) => Tenants.Deal("ticket", Read(ticket).Deal);

    /// <summary>What a ticket says, where it is genuine, alive and the caller's.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT: it is no ticket. UNAUTHENTICATED: nobody signed it so, or it has expired.
    /// PERMISSION_DENIED: it is another partner's.</exception>
    /// <exception cref="UserKeysUnavailableException">The store of keys does not answer.</exception>
    public async Task<(DealName Deal, PartitionTicket Ticket)> OpenAsync(Ticket ticket, VerifiedCaller caller, CancellationToken cancellationToken)
    {
        var said = Read(ticket);
        var deal = ResourceNames.ParseDeal(said.Deal) ?? throw NoTicket();
        var signed = ticket.Ticket_.Memory;
        var expected = HMACSHA256.HashData(await KeyOfAsync(deal, cancellationToken), signed.Span[SignatureBytes..]);
        if (!CryptographicOperations.FixedTimeEquals(expected, signed.Span[..SignatureBytes]))
            throw Refused(Code.Unauthenticated, "TICKET_NOT_GENUINE", "No gateway here signed this ticket, or somebody edited it.");
        if (said.Partner != caller.Partner) throw Refused(Code.PermissionDenied, "TICKET_OF_ANOTHER", "This ticket was made for another partner.");
        if (said.ExpireTime.ToDateTimeOffset() <= time.GetUtcNow()) throw Refused(Code.Unauthenticated, "TICKET_EXPIRED", "This ticket has expired.");
        return (deal, said);
    }

    private async ValueTask<byte[]> KeyOfAsync(DealName deal, CancellationToken cancellationToken)
    {
        if (_keys.TryGetValue(deal, out var known)) return known;
        var made = await keys.CreateAsync(new LogName($"{deal}/flight-tickets"), [0], cancellationToken);
        return _keys.GetOrAdd(deal, made[0].Key.ToArray());
    }

    private static PartitionTicket Read(Ticket ticket)
    {
        if (ticket.Ticket_.Length is <= SignatureBytes or > TicketBytesMax) throw NoTicket();
        try
        {
            return PartitionTicket.Parser.ParseFrom(ticket.Ticket_.Span[SignatureBytes..]);
        }
        catch (InvalidProtocolBufferException)
        {
            throw NoTicket();
        }
    }

    private static RpcException NoTicket() => RpcErrors.InvalidField("ticket", "A ticket out of GetFlightInfo, as it came.");

    private static RpcException Refused(Code code, string reason, string message) => RpcErrors.Create(code, reason, $"{message} Ask GetFlightInfo for another.");
}
