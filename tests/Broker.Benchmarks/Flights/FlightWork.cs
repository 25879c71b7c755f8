using System.Diagnostics;
using Broker.Benchmarks.Nodes;
using Broker.Benchmarks.Pulls;
using Broker.Benchmarks.Rivals;
using Npgsql;

namespace Broker.Benchmarks.Flights;

/// <summary>Everything that there is by Arrow Flight, four partitions at once, with every promise on; and what rivals do with the same records. Rates are megabytes
/// of fields a second: the same for all, whatever each puts around them.</summary>
internal sealed class FlightWork : IAsyncDisposable
{
    private readonly ReleasedRecords _records;
    private readonly NpgsqlDataSource _database;
    private readonly RivalHost _framed;
    private readonly RivalHost _stock;
    private readonly RivalHost _rows;
    private readonly RawTcp _tcp;
    private long _recordsOfAll;
    private long _bytesOfAll;

    private FlightWork(ReleasedRecords records, NpgsqlDataSource database, CopyRival copy, RivalHost framed, RivalHost stock, RivalHost rows, RawTcp tcp) =>
        (_records, _database, Copy, _framed, _stock, _rows, _tcp) = (records, database, copy, framed, stock, rows, tcp);

    /// <summary>The rival that exports.</summary>
    public CopyRival Copy { get; }

    /// <summary>Prepares the rivals.</summary>
    public static async Task<FlightWork> PrepareAsync(ReleasedRecords records, CancellationToken cancellationToken)
    {
        var database = NpgsqlDataSource.Create(records.Node.Database);
        await RivalTable.FillAsync(database, cancellationToken);
        var frames = await FlightFrames.RecordAsync(records);
        var framed = await FramedFlights.StartAsync(frames, cancellationToken);
        var work = new FlightWork(
            records, database, await CopyRival.PrepareAsync(database, cancellationToken), framed, await StockFlights.StartAsync(framed, cancellationToken),
            await RowByRow.StartAsync(database, cancellationToken), new RawTcp(frames.All));
        await work.PullAsync(); // how much all of it is
        return work;
    }

    /// <summary>From the asking for the flight to the end of the last stream, by the stock client.</summary>
    public async Task<double> PullAsync()
    {
        var (deal, client) = (await _records.NewDealAsync(), new StockClient());
        var headers = _records.Node.Calls.AsPartner(ReleasedRecords.Partner).Headers!;
        var began = Stopwatch.GetTimestamp();
        var info = await _records.Node.Calls.FlightAsync(deal, ReleasedRecords.Partner);
        await client.ReadAsync(_records.Node.Channel, headers, info.Endpoints.Select(endpoint => endpoint.Ticket));
        var elapsed = Stopwatch.GetElapsedTime(began);
        (_bytesOfAll, _recordsOfAll) = (await _records.SettleAsync(deal, client.Slices, client.Records), client.Records);
        return RateOf(elapsed, client.Records);
    }

    /// <summary>The same by a client that drops what it gets.</summary>
    public async Task<double> PullAndDropAsync()
    {
        var (records, elapsed, _) = await DroppingClient.PullAsync(_records);
        return RateOf(elapsed, records);
    }

    /// <summary>The rival: the same messages, ready in memory, framed as ours are; the same client.</summary>
    public Task<double> FramedAsync() => StreamAsync(_framed);

    /// <summary>The rival: the stock server over the same batches; the same client.</summary>
    public Task<double> StockAsync() => StreamAsync(_stock);

    /// <summary>The rival: <c>COPY</c>, received and dropped.</summary>
    public async Task<double> CopyAsync(CancellationToken cancellationToken) => RateOf(await Copy.RunAsync(cancellationToken), _recordsOfAll);

    /// <summary>The rival: a message a row.</summary>
    public async Task<double> RowsAsync()
    {
        var began = Stopwatch.GetTimestamp();
        var records = await RowByRow.ReadAsync(_rows.Channel);
        return RateOf(Stopwatch.GetElapsedTime(began), records);
    }

    /// <summary>The rival: the messages' bytes over TCP.</summary>
    public async Task<double> TcpAsync(CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        await _tcp.RunAsync(cancellationToken);
        return RateOf(Stopwatch.GetElapsedTime(began), _recordsOfAll);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _framed.DisposeAsync();
        await _stock.DisposeAsync();
        await _rows.DisposeAsync();
        await _database.DisposeAsync();
    }

    private async Task<double> StreamAsync(RivalHost rival)
    {
        var client = new StockClient();
        var began = Stopwatch.GetTimestamp();
        await client.ReadAsync(rival.Channel, [], Enumerable.Range(0, BenchNode.Partitions).Select(StockFlights.TicketOf));
        return RateOf(Stopwatch.GetElapsedTime(began), client.Records);
    }

    private double RateOf(TimeSpan elapsed, long records) => records == _recordsOfAll
        ? _bytesOfAll / elapsed.TotalSeconds / 1e6
        : throw new BooksException($"{records} records came where {_recordsOfAll} are released.");
}
