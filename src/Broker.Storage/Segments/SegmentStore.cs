using System.Collections.Concurrent;
using System.Security.Cryptography;
using Broker.Domain.Partitions;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;
using Broker.Grains.Segments;
using Broker.Storage.Objects;
using Broker.Storage.Objects.Caching;
using Broker.Storage.Tokens;

namespace Broker.Storage.Segments;

/// <summary>Segments in an object store, mapped once and shared: in place where the store has files, else over a local copy.</summary>
/// <remarks>What is mapped in place stays mapped until the store is disposed. A local copy is let go when nobody refers to its segment
/// any more, so that the cache may give its room to another.</remarks>
public sealed class SegmentStore : ISegmentStore, ISegmentContents, IDisposable
{
    private readonly IObjectStore _objects;
    private readonly ObjectCache? _cache;
    private readonly ConcurrentDictionary<SegmentRef, OpenSegment> _open = new(SegmentRefComparer.Instance);

    /// <summary>A store over objects.</summary>
    /// <param name="objects">Where segments lie; nothing else may lie there.</param>
    /// <param name="cache">Local copies; null only where the objects are files.</param>
    /// <exception cref="ArgumentException">There is no cache, and the objects are no files.</exception>
    public SegmentStore(IObjectStore objects, ObjectCache? cache = null)
    {
        if (cache is null && objects.LocalPathOf(new ObjectKey("any")) is null) throw new ArgumentException("Objects that are no files need a cache.", nameof(cache));
        (_objects, _cache) = (objects, cache);
    }

    /// <summary>Where the segments lie.</summary>
    public IObjectStore Objects => _objects;

    /// <inheritdoc/>
    public async Task<SegmentRows> OpenRowsAsync(SegmentRef segment, CancellationToken cancellationToken) => await OpenAsync(segment, cancellationToken);

    /// <inheritdoc/>
    public async Task<SegmentContent> OpenAsync(SegmentRef segment, CancellationToken cancellationToken) =>
        await _open.GetOrAdd(segment, static _ => new OpenSegment()).OpenAsync(() => MapAsync(segment), cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var open in _open.Values) open.Dispose();
        _open.Clear();
    }

    /// <summary>Opens a segment's ids, checked against their digest. The caller disposes of them.</summary>
    /// <exception cref="SegmentCorruptException">They are missing, or are not what the log says.</exception>
    /// <exception cref="SegmentUnavailableException">The object store does not answer.</exception>
    internal Task<SegmentIds> OpenIdsAsync(string platform, SegmentInfo segment, CancellationToken cancellationToken) => TryAsync(segment.Id, "its ids: ", async () =>
    {
        var key = SegmentKeys.IdsOf(platform, segment.Dataset, segment.Id);
        var digest = segment.IdsDigest.AsMemory();
        if (_objects.LocalPathOf(key) is { } path) return await Task.Run(() => SegmentIds.Open(path, digest.Span), cancellationToken);
        var copy = await CopyAsync(key, digest, cancellationToken);
        return Closing(copy, () => SegmentIds.Open(copy.Path, copy));
    });

    /// <summary>Opens the counts of a segment's tokens, checked against their digest. They go with the last reference to them.</summary>
    /// <exception cref="SegmentCorruptException">They are missing, or are not what the log says.</exception>
    /// <exception cref="SegmentUnavailableException">The object store does not answer, or there is no room for a local copy.</exception>
    internal Task<MappedCounts> OpenMappedCountsAsync(SegmentRef segment, SegmentTokens tokens, CancellationToken cancellationToken) => TryAsync(segment.Id, "the counts of its tokens: ", async () =>
    {
        var key = SegmentKeys.TokensOf(segment.Platform, segment.Dataset, segment.Id, tokens);
        if (_objects.LocalPathOf(key) is { } path) return await Task.Run(() => MappedCounts.Open(path, segment.Id, tokens), cancellationToken);
        var copy = await CopyAsync(key, tokens.Digest.AsMemory(), cancellationToken);
        return Closing(copy, () => MappedCounts.Open(copy.Path, segment.Id, tokens, copy));
    });

    /// <inheritdoc cref="OpenMappedCountsAsync"/>
    public async Task<TokenCounts> OpenCountsAsync(SegmentRef segment, SegmentTokens tokens, CancellationToken cancellationToken) =>
        await OpenMappedCountsAsync(segment, tokens, cancellationToken);

    /// <summary>Publishes counts of a segment's tokens, in the place of what lies there.</summary>
    /// <exception cref="ObjectStoreException">Not published, or not known to be.</exception>
    internal Task PublishAsync(SegmentRef segment, WrittenCounts written, CancellationToken cancellationToken) =>
        _objects.PutFileAsync(SegmentKeys.TokensOf(segment.Platform, segment.Dataset, segment.Id, written.Tokens), written.Path, cancellationToken);

    /// <summary>Publishes what was written: the ids, then the rows. Each is whole or absent; a crash between leaves ids that no log names.</summary>
    /// <exception cref="ObjectStoreException">Not published, or not known to be.</exception>
    internal async Task PublishAsync(string platform, WrittenSegment written, CancellationToken cancellationToken)
    {
        var info = written.Info;
        await _objects.PutFileAsync(SegmentKeys.IdsOf(platform, info.Dataset, info.Id), written.IdsFile, cancellationToken);
        await _objects.PutFileAsync(SegmentKeys.RowsOf(platform, info.Dataset, info.Id), written.RowsFile, cancellationToken);
    }

    /// <summary>Deletes a segment that no log names any more: from the store, from the local copies, and from memory once nobody reads from it.</summary>
    /// <exception cref="ObjectStoreException">Not deleted, or not known to be.</exception>
    internal async Task DeleteAsync(string platform, RetiredSegment retired, CancellationToken cancellationToken)
    {
        var segment = retired.Info;
        // Also what was counted and never named: a crash may have come between.
        foreach (var tokenizer in Tokenizers.All)
            await foreach (var counts in _objects.ListAsync(SegmentKeys.TokensPrefixOf(platform, segment.Dataset, segment.Id, tokenizer), cancellationToken))
                await _objects.DeleteAsync(counts.Key, cancellationToken);
        foreach (var tokens in retired.Tokens) _cache?.Forget(tokens.Digest.AsMemory());
        await _objects.DeleteAsync(SegmentKeys.RowsOf(platform, segment.Dataset, segment.Id), cancellationToken);
        await _objects.DeleteAsync(SegmentKeys.IdsOf(platform, segment.Dataset, segment.Id), cancellationToken);
        Forget(new SegmentRef(platform, segment.Dataset, segment.Id, segment.Digest.AsMemory()));
        _cache?.Forget(segment.IdsDigest.AsMemory());
    }

    /// <summary>Forgets open segments whose objects another node has deleted: their bytes must not live on here.</summary>
    /// <returns>How many were forgotten.</returns>
    /// <exception cref="ObjectStoreException">The store does not answer.</exception>
    public async Task<int> ForgetDeletedAsync(CancellationToken cancellationToken)
    {
        var forgotten = 0;
        foreach (var segment in _open.Keys)
        {
            if (await _objects.StatAsync(SegmentKeys.RowsOf(segment.Platform, segment.Dataset, segment.Id), cancellationToken) is not null) continue;
            Forget(segment);
            forgotten++;
        }

        return forgotten;
    }

    private void Forget(SegmentRef segment)
    {
        if (_open.TryRemove(segment, out var open)) open.LetGo();
        _cache?.Forget(segment.Digest);
    }

    private Task<MappedSegment> MapAsync(SegmentRef segment) => TryAsync(segment.Id, "", async () =>
    {
        var key = SegmentKeys.RowsOf(segment.Platform, segment.Dataset, segment.Id);
        if (_objects.LocalPathOf(key) is { } path)
        {
            if (!Digest(path).AsSpan().SequenceEqual(segment.Digest.Span)) throw new InvalidDataException("its bytes are not those that the log names.");
            return MappedSegment.Open(path, segment.Id, segment.Dataset);
        }

        var copy = await CopyAsync(key, segment.Digest, CancellationToken.None);
        return Closing(copy, () => MappedSegment.Open(copy.Path, segment.Id, segment.Dataset, copy));
    });

    private async Task<OpenCopy> CopyAsync(ObjectKey key, ReadOnlyMemory<byte> digest, CancellationToken cancellationToken) =>
        await _cache!.OpenAsync(key, digest, cancellationToken) ?? throw new FileNotFoundException($"{key} is missing in {_objects.Description}.");

    private static T Closing<T>(OpenCopy copy, Func<T> open)
    {
        try
        {
            return open();
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    private static async Task<T> TryAsync<T>(string segment, string which, Func<Task<T>> open)
    {
        try
        {
            return await open();
        }
        catch (ObjectStoreException failure)
        {
            throw new SegmentUnavailableException(segment, which + failure.Message, failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new SegmentCorruptException(segment, which + failure.Message, failure);
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
