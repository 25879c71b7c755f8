using Broker.Storage.Sqlite;

namespace Broker.Storage.Postgres;

/// <summary>How far this node's clock is from the database's.</summary>
/// <param name="Offset">The database's clock less this node's: positive where this node is behind.</param>
/// <param name="Uncertainty">Half of the best round trip: the true offset lies within.</param>
public readonly record struct ClockSkew(TimeSpan Offset, TimeSpan Uncertainty)
{
    private const int Samples = 9;

    /// <summary>Asks the database for its clock several times and takes the answer of the quickest round trip.</summary>
    /// <exception cref="StoreRefusedException">The database does not answer.</exception>
    public static Task<ClockSkew> MeasureAsync(PostgresSettings settings, TimeProvider time, CancellationToken cancellationToken) =>
        PostgresChecks.OnOneConnectionAsync(settings, async connection =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT clock_timestamp()";
            await command.PrepareAsync(cancellationToken);
            var best = new ClockSkew(TimeSpan.Zero, TimeSpan.MaxValue);
            for (var sample = 0; sample < Samples; sample++)
            {
                var (before, start) = (time.GetUtcNow(), time.GetTimestamp());
                var there = (DateTime)(await command.ExecuteScalarAsync(cancellationToken))!;
                best = best.Better(Of(before, time.GetElapsedTime(start), there));
            }

            return best;
        }, cancellationToken);

    /// <summary>Refuses a node whose clock is surely more than this off.</summary>
    /// <exception cref="StoreRefusedException">It is.</exception>
    public void Check(TimeSpan most)
    {
        if (Offset.Duration() - Uncertainty <= most) return;
        throw new StoreRefusedException(
            $"This node's clock is {Offset.Duration().TotalSeconds:0.0##} s {(Offset > TimeSpan.Zero ? "behind" : "ahead of")} the database's (at most {most.TotalSeconds:0.###} s will do). Set it by NTP, and start again.");
    }

    /// <summary>From one question: asked at <paramref name="asked"/>, answered with <paramref name="there"/> after <paramref name="roundTrip"/>.</summary>
    internal static ClockSkew Of(DateTimeOffset asked, TimeSpan roundTrip, DateTimeOffset there) => new(there - (asked + (roundTrip / 2)), roundTrip / 2);

    internal ClockSkew Better(ClockSkew other) => other.Uncertainty < Uncertainty ? other : this;
}
