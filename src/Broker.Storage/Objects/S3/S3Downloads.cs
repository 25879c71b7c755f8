using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;

namespace Broker.Storage.Objects.S3;

/// <summary>Reads of one version of an object: where an answer breaks off, the next one goes on from there.</summary>
internal sealed class S3Downloads(AmazonS3Client client, S3Options options)
{
    private const int BufferBytes = 1 << 16;

    /// <summary>Writes bytes of an object, from an offset on, to a stream.</summary>
    /// <param name="key">The key in the bucket.</param>
    /// <param name="offset">The first byte; none are written where it lies at or beyond the end.</param>
    /// <param name="count">Most bytes, 1 or more; null: all.</param>
    /// <param name="destination">Where they go.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>False, and nothing written, where there is no such object.</returns>
    public async Task<bool> ReadAsync(string key, long offset, int? count, Stream destination, CancellationToken cancellationToken)
    {
        var read = new Reading(offset, count is { } limit ? offset + limit : null);
        for (var failures = 0; !read.IsDone;)
        {
            var begun = read.From;
            try
            {
                if (!await TryAsync(key, read, destination, cancellationToken)) return false;
            }
            catch (Exception broken) when (broken is IOException or HttpRequestException or TimeoutException)
            {
                failures = read.From > begun ? 1 : failures + 1;
                if (failures > options.Retries) throw;
            }
        }

        return true;
    }

    /// <summary>Reads on as far as one answer goes; false where there is no such object.</summary>
    private async Task<bool> TryAsync(string key, Reading read, Stream destination, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetObjectAsync(read.Request(options.Bucket, key), cancellationToken);
            read.Begin(response);
            await foreach (var bytes in ChunksAsync(response.ResponseStream, read.Left, cancellationToken))
            {
                await destination.WriteAsync(bytes, cancellationToken);
                read.From += bytes.Length;
            }

            return read.IsDone ? true : throw new EndOfStreamException($"It ended {read.Left} bytes too early.");
        }
        catch (AmazonS3Exception beyond) when (beyond.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            read.End();
            return true;
        }
        catch (AmazonS3Exception absent) when (absent.ErrorCode == "NoSuchKey" && read.Version is null)
        {
            return false;
        }
    }

    /// <summary>What a stream gives, up to a number of bytes; each read within the time of a request.</summary>
    private async IAsyncEnumerable<ReadOnlyMemory<byte>> ChunksAsync(Stream stream, long count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        while (count > 0)
        {
            patience.CancelAfter(TimeSpan.FromSeconds(options.RequestSeconds));
            int read;
            try
            {
                read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(count, buffer.Length)), patience.Token);
            }
            catch (OperationCanceledException silence) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"No byte came for {options.RequestSeconds} s.", silence);
            }

            if (read == 0) yield break;
            yield return buffer.AsMemory(0, read);
            count -= read;
        }
    }

    /// <summary>How far a read has come; its end and the object's version are known with the first answer.</summary>
    private sealed class Reading(long from, long? end)
    {
        public long From { get; set; } = from;

        public string? Version { get; private set; }

        public bool IsDone => Version is not null && Left <= 0;

        public long Left => end!.Value - From;

        public GetObjectRequest Request(string bucket, string key) => new()
        {
            BucketName = bucket,
            Key = key,
            ByteRange = end is { } last ? new ByteRange(From, last - 1) : null,
            EtagToMatch = Version,
        };

        public void End() => (Version, end) = ("", From);

        public void Begin(GetObjectResponse response)
        {
            if (Version is null) (Version, end) = (response.ETag, Math.Min(end ?? long.MaxValue, From + response.ContentLength));
            // A server that ignores If-Match would go on with another version.
            else if (response.ETag != Version) throw new InvalidDataException("It was replaced while it was read.");
        }
    }
}
