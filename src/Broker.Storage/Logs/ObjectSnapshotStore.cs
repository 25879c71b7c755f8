using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Broker.Grains.Logs;
using Broker.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace Broker.Storage.Logs;

/// <summary>Snapshots as objects: <c>{log}/{position}-{hash}.snapshot</c>, each the SHA-256 of the rest and the rest. The newest two of each log are kept.</summary>
/// <param name="objects">Where they lie; nothing else may lie there.</param>
/// <param name="logger">Says which are damaged.</param>
public sealed partial class ObjectSnapshotStore(IObjectStore objects, ILogger<ObjectSnapshotStore> logger) : ISnapshotStore
{
    private const string Suffix = ".snapshot";
    private const int Kept = 2;

    /// <inheritdoc/>
    public async Task PublishAsync(LogName log, long position, ReadOnlyMemory<byte> hash, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var published = new ObjectKey(string.Create(CultureInfo.InvariantCulture, $"{log}/{position:D19}-{Convert.ToHexStringLower(hash.Span)}{Suffix}"));
        await objects.PutAsync(published, [.. SHA256.HashData(bytes.Span), .. bytes.Span], PutMode.Replace, cancellationToken);
        foreach (var key in Superfluous(await NewestFirstAsync(log, cancellationToken), published)) await objects.DeleteAsync(key, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<PublishedSnapshot?> LatestAsync(LogName log, CancellationToken cancellationToken)
    {
        foreach (var key in await NewestFirstAsync(log, cancellationToken))
            if (await TryReadAsync(key, cancellationToken) is { } snapshot)
                return snapshot;
        return null;
    }

    /// <summary>All but the newest up to the one just published. One beyond it is of a log that was restored since, and would
    /// hide this one; at worst it was a later holder's, and costs time.</summary>
    private static IEnumerable<ObjectKey> Superfluous(IReadOnlyList<ObjectKey> newestFirst, ObjectKey published)
    {
        var isNewer = newestFirst.ToLookup(key => string.CompareOrdinal(key.Name, published.Name) > 0);
        return [.. isNewer[true], .. isNewer[false].Skip(Kept)];
    }

    private async Task<PublishedSnapshot?> TryReadAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        // Gone: another holder of the log published a newer one meanwhile.
        if (await objects.GetAsync(key, cancellationToken) is not { } bytes) return null;
        if (IsWhole(bytes) && TryParseName(key.Name, out var position, out var hash))
            return new PublishedSnapshot(position, hash, bytes.AsMemory(SHA256.HashSizeInBytes));
        Unreadable(key.Value);
        return null;
    }

    private static bool IsWhole(byte[] bytes) =>
        bytes.Length >= SHA256.HashSizeInBytes
        && SHA256.HashData(bytes.AsSpan(SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(bytes.AsSpan(0, SHA256.HashSizeInBytes));

    private static bool TryParseName(string name, out long position, out byte[] hash)
    {
        var parts = name[..^Suffix.Length].Split('-');
        hash = new byte[LogLimits.HashBytes];
        position = 0;
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out position)
            && parts[1].Length == 2 * hash.Length
            && Convert.FromHexString(parts[1], hash, out _, out _) == OperationStatus.Done;
    }

    private async Task<IReadOnlyList<ObjectKey>> NewestFirstAsync(LogName log, CancellationToken cancellationToken)
    {
        var folder = new ObjectKey(log.Value).Value + "/";
        var keys = await objects.ListAsync(folder, cancellationToken)
            .Select(info => info.Key)
            .Where(key => key.Value.LastIndexOf('/') == folder.Length - 1 && key.Value.EndsWith(Suffix, StringComparison.Ordinal))
            .ToListAsync(cancellationToken);
        keys.Reverse();
        return keys;
    }

    [LoggerMessage(2150, LogLevel.Warning, "The snapshot {Key} is damaged; an older one or the whole log is read instead")]
    private partial void Unreadable(string key);
}
