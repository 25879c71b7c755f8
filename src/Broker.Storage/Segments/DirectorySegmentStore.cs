using System.Collections.Concurrent;
using System.Security.Cryptography;
using Broker.Domain.Releases;
using Broker.Grains.Segments;

namespace Broker.Storage.Segments;

/// <summary>Segments in a directory, mapped once and shared until the store is disposed.</summary>
/// <param name="root">The directory; made where it is missing.</param>
public sealed class DirectorySegmentStore(string root) : ISegmentStore, ISegmentContents, IDisposable
{
    private readonly ConcurrentDictionary<SegmentRef, Lazy<Task<MappedSegment>>> _open = new(SegmentRefComparer.Instance);

    /// <summary>The directory.</summary>
    public string Root { get; } = root;

    /// <inheritdoc/>
    public async Task<SegmentRows> OpenRowsAsync(SegmentRef segment, CancellationToken cancellationToken) => await OpenAsync(segment, cancellationToken);

    /// <inheritdoc/>
    public async Task<SegmentContent> OpenAsync(SegmentRef segment, CancellationToken cancellationToken)
    {
        var opening = _open.GetOrAdd(segment, static (wanted, store) => new Lazy<Task<MappedSegment>>(() => Task.Run(() => store.Open(wanted))), this);
        try
        {
            return await opening.Value.WaitAsync(cancellationToken);
        }
        catch when (opening.Value.IsFaulted)
        {
            // Not remembered: an operator may have put the right file back.
            _open.TryRemove(KeyValuePair.Create(segment, opening));
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var opening in _open.Values)
            if (opening is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
                opening.Value.Result.Dispose();
        _open.Clear();
    }

    private MappedSegment Open(SegmentRef segment)
    {
        try
        {
            var path = SegmentPaths.RowsOf(Root, segment);
            if (!Digest(path).AsSpan().SequenceEqual(segment.Digest.Span)) throw new SegmentCorruptException(segment.Id, "its bytes are not those that the log names.");
            return MappedSegment.Open(path, segment.Id, segment.Dataset);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new SegmentCorruptException(segment.Id, failure.Message, failure);
        }
    }

    private static byte[] Digest(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        return SHA256.HashData(file);
    }

    private sealed class SegmentRefComparer : IEqualityComparer<SegmentRef>
    {
        public static readonly SegmentRefComparer Instance = new();

        public bool Equals(SegmentRef? x, SegmentRef? y) =>
            x is not null && y is not null && x.Platform == y.Platform && x.Dataset == y.Dataset && x.Id == y.Id && x.Digest.Span.SequenceEqual(y.Digest.Span);

        public int GetHashCode(SegmentRef obj) => HashCode.Combine(obj.Platform, obj.Dataset, obj.Id);
    }
}
