using System.Buffers;
using System.Globalization;
using System.Text;
using Broker.Grains.Logs;
using Broker.Storage.Objects;

namespace Broker.Storage.Logs;

/// <summary>High-water marks as objects: <c>{log}/{position}-{fence}-{hash}.mark</c>, whose content is the store's incarnation.</summary>
/// <remarks>Nothing is ever changed in place, so no two writers can undo each other's mark, on any object store: a raise puts an
/// object of its own and then deletes those that it saw below it; the mark is the highest there is. The highest is deleted by nobody but
/// who put a higher one, or an operator who resets. What a raise leaves below, where it is killed or overtaken, the next one deletes.</remarks>
/// <param name="objects">Where they lie; nothing else may lie there. Not in the backup of the logs.</param>
public sealed class ObjectLogMarks(IObjectStore objects) : ILogMarks
{
    private const string Suffix = ".mark";
    private const int Attempts = 100; // each lost to a raise that came between

    /// <inheritdoc/>
    public async Task<LogMark?> LoadAsync(LogName log, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var marks = await ListAsync(log, cancellationToken);
            if (marks.Count == 0) return null;
            var (key, mark) = marks[^1];
            // Gone where it was raised meanwhile: a higher one is there.
            if (await objects.GetAsync(key, cancellationToken) is { } store) return mark with { Store = Encoding.UTF8.GetString(store) };
        }

        throw new IOException($"The mark of {log} in {objects.Description} changed each of the {Attempts} times it was read.");
    }

    /// <inheritdoc/>
    public async Task RaiseAsync(LogName log, LogMark mark, CancellationToken cancellationToken)
    {
        var marks = await ListAsync(log, cancellationToken);
        if (marks.Count > 0 && marks[^1].Mark.Position >= mark.Position) return;
        await PutAsync(log, mark, cancellationToken);
        foreach (var (key, _) in marks) await objects.DeleteAsync(key, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task ResetAsync(LogName log, LogMark mark, CancellationToken cancellationToken)
    {
        var marks = await ListAsync(log, cancellationToken);
        var put = await PutAsync(log, mark, cancellationToken);
        // The lowest first: cut off in the middle, the old mark still stands, and the log stays where it is until this is done again.
        foreach (var (key, _) in marks)
            if (key != put)
                await objects.DeleteAsync(key, cancellationToken);
    }

    private async Task<ObjectKey> PutAsync(LogName log, LogMark mark, CancellationToken cancellationToken)
    {
        if (mark.Hash.Length != LogLimits.HashBytes) throw new ArgumentException($"A hash of {mark.Hash.Length} bytes.", nameof(mark));
        ArgumentOutOfRangeException.ThrowIfNegative(mark.Position);
        ArgumentOutOfRangeException.ThrowIfNegative(mark.Fence);
        var key = new ObjectKey(string.Create(CultureInfo.InvariantCulture, $"{log}/{mark.Position:D19}-{mark.Fence:D19}-{Convert.ToHexStringLower(mark.Hash.Span)}{Suffix}"));
        await objects.PutAsync(key, Encoding.UTF8.GetBytes(mark.Store), PutMode.Replace, cancellationToken);
        return key;
    }

    /// <summary>The log's marks, the lowest first, without what their objects hold.</summary>
    private async Task<IReadOnlyList<(ObjectKey Key, LogMark Mark)>> ListAsync(LogName log, CancellationToken cancellationToken)
    {
        var folder = new ObjectKey(log.Value).Value + "/";
        return await objects.ListAsync(folder, cancellationToken)
            .Where(info => info.Key.Value.LastIndexOf('/') == folder.Length - 1)
            .Select(info => (info.Key, Parse(info.Key)))
            .ToListAsync(cancellationToken);
    }

    private LogMark Parse(ObjectKey key)
    {
        var parts = key.Name.EndsWith(Suffix, StringComparison.Ordinal) ? key.Name[..^Suffix.Length].Split('-') : [];
        var hash = new byte[LogLimits.HashBytes];
        return parts.Length == 3
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var fence)
            && parts[2].Length == 2 * hash.Length
            && Convert.FromHexString(parts[2], hash, out _, out _) == OperationStatus.Done
            ? new LogMark(position, fence, hash, "")
            : throw new IOException($"{key} in {objects.Description} is no mark. Move it away: nothing else may lie there.");
    }
}
