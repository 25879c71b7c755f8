using Broker.Storage.Logs;
using Broker.Storage.Objects;
using Broker.Storage.Objects.Caching;
using Broker.Storage.Objects.Directory;
using Broker.Storage.Objects.S3;
using Broker.Storage.Segments;

namespace Broker.Hosting.Clusters;

/// <summary>A cluster's object store: <c>segments/</c>, <c>snapshots/</c> and <c>marks/</c> below it, and the cluster's claim.</summary>
public sealed class ClusterObjects : IDisposable
{
    private const string S3Scheme = "s3";

    private readonly ObjectCache? _cache;

    private ClusterObjects(IObjectStore root, ObjectCache? cache)
    {
        (Root, _cache) = (root, cache);
        Segments = new SegmentStore(root.Below("segments"), cache);
    }

    /// <summary>The whole store.</summary>
    public IObjectStore Root { get; }

    /// <summary>The segments.</summary>
    public SegmentStore Segments { get; }

    /// <summary>Where snapshots of logs lie.</summary>
    public IObjectStore Snapshots => Root.Below("snapshots");

    /// <summary>The logs' high-water marks.</summary>
    public ObjectLogMarks Marks => new(Root.Below("marks"));

    /// <summary>Opens a store; nothing is asked of it yet.</summary>
    /// <param name="place">A directory, or <c>s3://BUCKET/PREFIX</c>.</param>
    /// <param name="s3">How an S3-compatible service is reached; its bucket and prefix are the place's.</param>
    /// <param name="cache">The bound of local copies.</param>
    /// <param name="cacheDirectory">For local copies, this process's alone; used where objects are no files.</param>
    /// <exception cref="Storage.Sqlite.StoreRefusedException">The cache's directory cannot be used.</exception>
    /// <exception cref="NodeStartException">The place is none.</exception>
    public static ClusterObjects Open(string place, S3Options s3, ObjectCacheOptions cache, string cacheDirectory)
    {
        if (!place.Contains("://", StringComparison.Ordinal)) return new ClusterObjects(new DirectoryObjectStore(Path.GetFullPath(place)), null);
        if (!Uri.TryCreate(place, UriKind.Absolute, out var address) || address.Scheme != S3Scheme || address.Host.Length == 0)
            throw new NodeStartException($"Objects is '{place}': it is a directory that all nodes share, or s3://BUCKET/PREFIX.");
        (s3.Bucket, s3.Prefix) = (address.Host, address.AbsolutePath.Trim('/'));
        Check(s3, cache);
        var root = new S3ObjectStore(s3);
        return new ClusterObjects(root, new ObjectCache(root.Below("segments"), cacheDirectory, cache));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Segments.Dispose();
        _cache?.Dispose();
        (Root as IDisposable)?.Dispose();
    }

    private static void Check(S3Options s3, ObjectCacheOptions cache)
    {
        foreach (var result in new[] { new S3OptionsValidator().Validate(null, s3), new ObjectCacheOptionsValidator().Validate(null, cache) })
            if (result.Failed) throw new NodeStartException($"Objects: {result.FailureMessage}");
    }
}
