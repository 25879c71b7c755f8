using Apache.Arrow.Flight;
using Apache.Arrow.Flight.Client;
using Broker.Protos.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace Broker.Benchmarks.Flights;

/// <summary>The stock Arrow Flight client: every partition at once, each batch made and let go.</summary>
internal sealed class StockClient
{
    private readonly List<SliceRange> _slices = [];
    private long _records;

    /// <summary>Records of the batches.</summary>
    public long Records => _records;

    /// <summary>The slices whose last batch came.</summary>
    public IReadOnlyList<SliceRange> Slices => _slices;

    /// <summary>Reads flights to their ends.</summary>
    /// <param name="channel">To whom.</param>
    /// <param name="headers">As whom.</param>
    /// <param name="tickets">A ticket for each partition.</param>
    public Task ReadAsync(GrpcChannel channel, Metadata headers, IEnumerable<FlightTicket> tickets) =>
        Task.WhenAll(tickets.Select(ticket => Task.Run(() => ReadAsync(new FlightClient(channel), headers, ticket))));

    private async Task ReadAsync(FlightClient client, Metadata headers, FlightTicket ticket)
    {
        using var call = client.GetStream(ticket, headers);
        await call.ResponseStream.Schema;
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            using var batch = call.ResponseStream.Current;
            Interlocked.Add(ref _records, batch.Length);
            // The stock server sends none.
            if (call.ResponseStream.ApplicationMetadata is [.., var last]) Note(FlightMetadata.Parser.ParseFrom(last));
        }
    }

    private void Note(FlightMetadata metadata)
    {
        if (metadata.Slice is not { IsLast: true } slice) return;
        lock (_slices) _slices.Add(new SliceRange { Partition = metadata.Partition, Round = slice.Round, FirstSlice = slice.Slice, LastSlice = slice.Slice });
    }
}
