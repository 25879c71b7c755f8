using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Broker.Grains.Logs;
using Broker.Storage.Files;
using Microsoft.Extensions.Logging;

namespace Broker.Storage.Logs;

/// <summary>Snapshots as files: <c>{root}/{log}/{position}-{hash}.snapshot</c>, each the SHA-256 of the rest and the rest.
/// A file is whole or absent; the newest two of each log are kept.</summary>
public sealed partial class DirectorySnapshotStore(string root, ILogger<DirectorySnapshotStore> logger) : ISnapshotStore
{
    private const string Suffix = ".snapshot";
    private const int Kept = 2;

    /// <inheritdoc/>
    public Task PublishAsync(LogName log, long position, ReadOnlyMemory<byte> hash, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var directory = DirectoryOf(log);
        var name = string.Create(CultureInfo.InvariantCulture, $"{position:D19}-{Convert.ToHexStringLower(hash.Span)}{Suffix}");
        return Task.Run(() => PublishAsync(directory, name, bytes, cancellationToken), cancellationToken); // Flushing blocks: not on a grain's turn.
    }

    /// <inheritdoc/>
    public async Task<PublishedSnapshot?> LatestAsync(LogName log, CancellationToken cancellationToken)
    {
        var directory = DirectoryOf(log);
        if (!Directory.Exists(directory)) return null;
        foreach (var path in NewestFirst(directory))
        {
            if (await TryReadAsync(path, cancellationToken) is { } snapshot) return snapshot;
        }

        return null;
    }

    private static async Task PublishAsync(string directory, string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        DurableFiles.CreateDirectory(directory);
        await DurableFiles.WriteAtomicallyAsync(Path.Combine(directory, name), SHA256.HashData(bytes.Span), bytes, cancellationToken);
        foreach (var path in Superfluous(directory, name)) File.Delete(path);
    }

    /// <summary>All but the newest up to the one just published. One beyond it is of a log that was restored since, and would
    /// hide this one; at worst it was a later holder's, and costs time. Temporary files are of a crash.</summary>
    private static List<string> Superfluous(string directory, string published)
    {
        var isNewer = NewestFirst(directory).ToLookup(path => string.CompareOrdinal(Path.GetFileName(path), published) > 0);
        var abandoned = Directory.EnumerateFiles(directory, "*" + Suffix + DurableFiles.TemporarySuffix)
            .Where(path => string.CompareOrdinal(Path.GetFileName(path), published) < 0);
        return [.. isNewer[true], .. isNewer[false].Skip(Kept), .. abandoned];
    }

    private async Task<PublishedSnapshot?> TryReadAsync(string path, CancellationToken cancellationToken)
    {
        var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
        if (IsWhole(bytes) && TryParseName(path, out var position, out var hash))
            return new PublishedSnapshot(position, hash, bytes.AsMemory(SHA256.HashSizeInBytes));
        Unreadable(path);
        return null;
    }

    private static bool IsWhole(byte[] bytes) =>
        bytes.Length >= SHA256.HashSizeInBytes
        && SHA256.HashData(bytes.AsSpan(SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(bytes.AsSpan(0, SHA256.HashSizeInBytes));

    private static bool TryParseName(string path, out long position, out byte[] hash)
    {
        var name = Path.GetFileNameWithoutExtension(path).Split('-');
        hash = new byte[LogLimits.HashBytes];
        position = 0;
        return name.Length == 2
            && long.TryParse(name[0], NumberStyles.None, CultureInfo.InvariantCulture, out position)
            && name[1].Length == 2 * hash.Length
            && Convert.FromHexString(name[1], hash, out _, out _) == OperationStatus.Done;
    }

    private string DirectoryOf(LogName log)
    {
        var parts = log.Value.Split('/');
        if (parts.Any(part => part is "" or "." or ".." || part.AsSpan().ContainsAny(Path.GetInvalidFileNameChars())))
            throw new ArgumentException($"'{log}' is no path of plain names.", nameof(log));
        return Path.Combine([root, .. parts]);
    }

    private static IEnumerable<string> NewestFirst(string directory) =>
        Directory.EnumerateFiles(directory, "*" + Suffix).OrderByDescending(path => path, StringComparer.Ordinal);

    [LoggerMessage(2150, LogLevel.Warning, "The snapshot {Path} is damaged; an older one or the whole log is read instead")]
    private partial void Unreadable(string path);
}
