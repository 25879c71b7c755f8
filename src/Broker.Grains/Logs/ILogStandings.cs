namespace Broker.Grains.Logs;

/// <summary>The port to where the logs stand, for operators: read past the grains, so that nothing is woken or taken over.</summary>
public interface ILogStandings
{
    /// <summary>Every log after a name, in ordinal order.</summary>
    /// <param name="after">A log's name; empty for all.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="LogUnavailableException">The store does not answer.</exception>
    IAsyncEnumerable<LogStanding> StandingsAsync(string after, CancellationToken cancellationToken);
}

/// <summary>Where a log stands.</summary>
/// <param name="Log">The log.</param>
/// <param name="Fence">Its newest fence: how many activations have taken it over.</param>
/// <param name="LastPosition">Position of the last entry; 0 when the log is empty.</param>
/// <param name="LastDecidedAt">When the last entry was decided, by the store's clock; null when the log is empty.</param>
public sealed record LogStanding(LogName Log, long Fence, long LastPosition, DateTimeOffset? LastDecidedAt);
