using Broker.Benchmarks.Comparisons;

namespace Broker.Benchmarks.Flights;

/// <summary>Flights with every promise on.</summary>
internal static class FlightComparisons
{
    /// <summary>Each of them.</summary>
    public static IEnumerable<Comparison> Of(FlightWork work)
    {
        const string Pull = "Flight pull, every promise on, one user in ten withdrawn, stock client";
        yield return new(Pull, "the same framed Flight stream out of memory, without enforcement, same client", "MB/s", Reach.AtLeast(0.95), _ => work.PullAsync(), _ => work.FramedAsync());
        yield return new(Pull, "the stock Arrow Flight server over the same batches, same client", "MB/s", Reach.AtLeast(1.6), _ => work.PullAsync(), _ => work.StockAsync());
        yield return new(
            Pull, $"`COPY … TO STDOUT (FORMAT binary)` with the consent join, dropped by its client, its best of 1 to 4 connections ({work.Copy.Connections})", "MB/s", Reach.AtLeast(1.8),
            _ => work.PullAsync(), work.CopyAsync);
        yield return new(Pull, "a row-by-row gRPC service over Npgsql with the same join", "MB/s", Reach.AtLeast(8), _ => work.PullAsync(), _ => work.RowsAsync());
        yield return new("the same, received and dropped", "raw TCP of the same bytes", "MB/s", Reach.AtLeast(0.42), _ => work.PullAndDropAsync(), work.TcpAsync);
    }
}
