using Broker.Grains.Logs;

namespace Broker.Gateway.Clusters;

/// <summary>Reads the logs' high-water marks for an operator.</summary>
/// <param name="marks">Where they lie; null where a node has none.</param>
/// <param name="logger">Says why one could not be read.</param>
internal sealed partial class MarkReader(ILogMarks? marks, ILogger<MarkReader> logger)
{
    private const int AtOnceMax = 32;

    /// <summary>Whether there are any.</summary>
    public bool IsAny => marks is not null;

    /// <summary>Each log's mark, by the log's name. One that cannot be read is said to be so, and does not hide the others.</summary>
    public async Task<IReadOnlyDictionary<string, ReadMark>> ReadAsync(IReadOnlyCollection<LogName> logs, CancellationToken cancellationToken)
    {
        if (marks is null) return new Dictionary<string, ReadMark>();
        using var turns = new SemaphoreSlim(AtOnceMax);
        var read = await Task.WhenAll(logs.Select(async log =>
        {
            await turns.WaitAsync(cancellationToken);
            try
            {
                return (log.Value, Mark: await ReadAsync(marks, log, cancellationToken));
            }
            finally
            {
                turns.Release();
            }
        }));
        return read.ToDictionary(one => one.Value, one => one.Mark, StringComparer.Ordinal);
    }

    private async Task<ReadMark> ReadAsync(ILogMarks from, LogName log, CancellationToken cancellationToken)
    {
        try
        {
            return new ReadMark((await from.LoadAsync(log, cancellationToken))?.Position ?? 0, IsUnreadable: false);
        }
        catch (IOException failure)
        {
            Unreadable(logger, log, failure);
            return new ReadMark(0, IsUnreadable: true);
        }
    }

    [LoggerMessage(EventId = 3200, Level = LogLevel.Warning, Message = "The high-water mark of {Log} could not be read for an operator.")]
    private static partial void Unreadable(ILogger logger, LogName log, Exception failure);
}

/// <summary>What was read of a log's mark.</summary>
/// <param name="Position">Its position; 0 where there is none, or it could not be read.</param>
/// <param name="IsUnreadable">Whether it could not be read.</param>
internal readonly record struct ReadMark(long Position, bool IsUnreadable);
