using Broker.Protos.Log.V1;
using Google.Protobuf;
using Microsoft.Extensions.Logging;

namespace Broker.Grains.Logs;

/// <summary>Publishes a log's snapshots in the background, each once its last event is durable.</summary>
internal sealed class SnapshotPublisher(LogName log, LogServices services, ILogger logger)
{
    private Kept? _kept;

    /// <summary>Position of the newest snapshot, kept or published; 0 for none.</summary>
    public long LastPosition { get; private set; }

    /// <summary>Completes when nothing is being published. Never fails: a failure is logged.</summary>
    public Task Publishing { get; private set; } = Task.CompletedTask;

    public void StartAt(long position) => LastPosition = position;

    /// <summary>Whether a snapshot should be kept at this position.</summary>
    /// <remarks>A state may be as large as its log: were one written every so many entries however long the log is, the work would
    /// grow with its square. So each covers an eighth more than the one before it, and a replay reads no more than a ninth of the log.</remarks>
    public bool IsDue(long position) =>
        services.Snapshots is not null
        && _kept is null
        && Publishing.IsCompleted
        && position - LastPosition >= Math.Max(services.Options.SnapshotEveryEntries, LastPosition / 8);

    /// <summary>Keeps a snapshot until its last event is durable. One that cannot be frozen is logged and left out: the events
    /// that led to it have been applied already, and must be queued.</summary>
    public void Keep(long position, ReadOnlyMemory<byte> hash, Func<Func<byte[]>> freeze)
    {
        LastPosition = position;
        try
        {
            _kept = new Kept(position, hash, freeze());
        }
        catch (Exception failure)
        {
            LogMessages.SnapshotFailed(logger, log, position, failure);
        }
    }

    /// <summary>Starts publishing what is kept, where it is durable.</summary>
    public void PublishUpTo(long durablePosition)
    {
        if (_kept is not { } kept || kept.Position > durablePosition) return;
        _kept = null;
        Publishing = PublishAsync(kept);
    }

    /// <summary>The newest published snapshot that can be read, or null.</summary>
    public async Task<LogSnapshot?> LoadAsync(CancellationToken cancellationToken)
    {
        PublishedSnapshot? published = null;
        try
        {
            published = await services.Snapshots!.LatestAsync(log, cancellationToken);
            if (published is null) return null;
            var snapshot = LogSnapshot.Parser.ParseFrom(published.Bytes.Span);
            if (snapshot.Position == published.Position && snapshot.Hash.Span.SequenceEqual(published.Hash.Span)) return snapshot;
            LogMessages.SnapshotIgnored(logger, log, published.Position, "its name and its content differ", null);
        }
        catch (Exception failure) when (failure is InvalidProtocolBufferException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            LogMessages.SnapshotIgnored(logger, log, published?.Position ?? 0, "it cannot be read", failure);
        }

        return null;
    }

    private async Task PublishAsync(Kept kept)
    {
        try
        {
            var bytes = await services.OffTurn(kept.Encode);
            await services.Snapshots!.PublishAsync(log, kept.Position, kept.Hash, bytes, CancellationToken.None);
            LogMessages.SnapshotPublished(logger, log, kept.Position, bytes.Length);
        }
        catch (Exception failure)
        {
            LogMessages.SnapshotFailed(logger, log, kept.Position, failure);
        }
    }

    private sealed record Kept(long Position, ReadOnlyMemory<byte> Hash, Func<byte[]> Encode);
}
