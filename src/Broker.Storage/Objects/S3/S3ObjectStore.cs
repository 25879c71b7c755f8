using System.Net;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Broker.Storage.Objects.S3;

/// <summary>Objects in a bucket of an S3-compatible service that shows a put to every read and list that begins after it (as AWS, MinIO and Ceph do).</summary>
/// <remarks>
/// A put is one request, or a multipart upload that is completed at its end and aborted when it fails: nobody ever sees a part of it. A
/// process that is killed may leave an upload that was never completed: invisible, but stored; give the bucket a lifecycle rule that aborts
/// them (<c>AbortIncompleteMultipartUpload</c>).
/// <para><see cref="PutMode.IfAbsent"/> looks first and then puts with <c>If-None-Match: *</c>. Servers that ignore the header (s3rver does)
/// let both of two that put at once succeed. No promise rests on it: a segment's name holds its content's digest and its writer's token,
/// and is written once; the logs name what counts, with its digest; a high-water mark and a cluster's claim have names of their own and are
/// found by listing.</para>
/// </remarks>
public sealed class S3ObjectStore : IObjectStore, IDisposable
{
    private readonly AmazonS3Client _client;
    private readonly S3Options _options;
    private readonly S3Uploads _uploads;
    private readonly S3Downloads _downloads;
    private readonly string _prefix;

    /// <summary>A store over a service; nothing is asked of it yet.</summary>
    /// <param name="options">Where it is, and bounds; checked by <see cref="S3OptionsValidator"/>.</param>
    /// <param name="credentials">Credentials; null: the SDK's usual chain.</param>
    /// <exception cref="ArgumentException">The options' prefix cannot begin a key.</exception>
    public S3ObjectStore(S3Options options, AWSCredentials? credentials = null)
    {
        _options = options;
        _prefix = options.Prefix.Length == 0 ? "" : new ObjectKey(options.Prefix).Value + "/";
        _client = credentials is null ? new AmazonS3Client(ConfigOf(options)) : new AmazonS3Client(credentials, ConfigOf(options));
        _uploads = new S3Uploads(_client, options);
        _downloads = new S3Downloads(_client, options);
    }

    /// <inheritdoc/>
    public string Description => $"bucket {_options.Bucket} at {_options.ServiceUrl ?? $"AWS {_options.Region}"}{(_prefix.Length == 0 ? "" : $", prefix {_prefix}")}";

    /// <inheritdoc/>
    public Task<bool> PutAsync(ObjectKey key, Stream content, PutMode mode, CancellationToken cancellationToken) => TryAsync($"put {key} into", async () =>
    {
        if (mode == PutMode.IfAbsent && await FindAsync(key, cancellationToken) is not null) return false;
        return await _uploads.PutAsync(NameOf(key), content, isConditional: mode == PutMode.IfAbsent && _options.ConditionalPuts, cancellationToken);
    });

    /// <inheritdoc/>
    public Task PutFileAsync(ObjectKey key, string path, CancellationToken cancellationToken) => TryAsync($"put {key} into", async () =>
    {
        await using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, useAsync: true))
            await _uploads.PutAsync(NameOf(key), file, isConditional: false, cancellationToken);
        File.Delete(path);
        return true;
    });

    /// <inheritdoc/>
    public Task<byte[]?> GetRangeAsync(ObjectKey key, long offset, int count, CancellationToken cancellationToken) => TryAsync($"read {key} from", async () =>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count == 0) return await FindAsync(key, cancellationToken) is null ? null : [];
        using var content = new MemoryStream();
        return await _downloads.ReadAsync(NameOf(key), offset, count, content, cancellationToken) ? content.ToArray() : null;
    });

    /// <inheritdoc/>
    public Task<bool> DownloadAsync(ObjectKey key, Stream destination, CancellationToken cancellationToken) =>
        TryAsync($"read {key} from", () => _downloads.ReadAsync(NameOf(key), 0, null, destination, cancellationToken));

    /// <inheritdoc/>
    public string? LocalPathOf(ObjectKey key) => null;

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(ObjectKey key, CancellationToken cancellationToken) => TryAsync($"look for {key} in", async () =>
        await FindAsync(key, cancellationToken) is { } found ? new ObjectInfo(key, found.ContentLength, TimeOf(found.LastModified)) : null);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = _options.Bucket, Prefix = _prefix + ObjectKey.Prefix(prefix) };
        do
        {
            var page = await TryAsync($"list {prefix} in", () => _client.ListObjectsV2Async(request, cancellationToken));
            foreach (var found in page.S3Objects ?? [])
                if (found.Key.StartsWith(_prefix, StringComparison.Ordinal) && ObjectKey.IsValid(found.Key[_prefix.Length..])) // Others' objects are none of ours.
                    yield return new ObjectInfo(new ObjectKey(found.Key[_prefix.Length..]), found.Size ?? 0, TimeOf(found.LastModified));
            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (request.ContinuationToken is not null);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(ObjectKey key, CancellationToken cancellationToken) => TryAsync($"delete {key} from", () =>
        _client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = _options.Bucket, Key = NameOf(key) }, cancellationToken));

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static AmazonS3Config ConfigOf(S3Options options)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.PathStyle,
            Timeout = TimeSpan.FromSeconds(options.RequestSeconds),
            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = options.Retries,
            MaxStaleConnectionRetries = options.Retries, // counted apart, and 10 by default
            // Other servers do not know the newer checksums; a segment's own digest is checked whenever it is read.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (string.IsNullOrEmpty(options.ServiceUrl)) config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(options.Region);
        else (config.ServiceURL, config.AuthenticationRegion) = (options.ServiceUrl, options.Region);
        return config;
    }

    /// <summary>The object's size, tag and time; null where there is none. An answer without a body does not say whether the bucket is what is missing.</summary>
    private async Task<GetObjectMetadataResponse?> FindAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = _options.Bucket, Key = NameOf(key) }, cancellationToken);
        }
        catch (AmazonS3Exception absent) when (absent.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private string NameOf(ObjectKey key) => _prefix + key.Value;

    private static DateTimeOffset TimeOf(DateTime? time) => time is { } known ? new DateTimeOffset(known.ToUniversalTime()) : DateTimeOffset.MaxValue;

    private async Task<T> TryAsync<T>(string what, Func<Task<T>> attempt)
    {
        try
        {
            return await attempt();
        }
        catch (OperationCanceledException late) when (late.InnerException is TimeoutException)
        {
            throw Failed(late);
        }
        catch (Exception failure) when (failure is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or InvalidDataException or UnauthorizedAccessException or TimeoutException)
        {
            throw Failed(failure);
        }

        ObjectStoreException Failed(Exception failure) => new($"Could not {what} {Description}: {S3Failures.Explain(failure)}", failure);
    }
}
