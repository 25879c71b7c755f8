using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Broker.Storage.Objects.S3;

/// <summary>Puts: one request where the content is no larger than a part, else a multipart upload.</summary>
internal sealed class S3Uploads(AmazonS3Client client, S3Options options)
{
    /// <returns>False where the server honours the condition and the key is taken.</returns>
    public async Task<bool> PutAsync(string key, Stream content, bool isConditional, CancellationToken cancellationToken)
    {
        try
        {
            if (content.Length - content.Position <= options.PartBytes) await PutWholeAsync(key, content, isConditional, cancellationToken);
            else await PutPartsAsync(key, content, isConditional, cancellationToken);
            return true;
        }
        catch (AmazonS3Exception taken) when (isConditional && taken.StatusCode == HttpStatusCode.PreconditionFailed)
        {
            return false;
        }
    }

    private Task PutWholeAsync(string key, Stream content, bool isConditional, CancellationToken cancellationToken) => client.PutObjectAsync(new PutObjectRequest
    {
        BucketName = options.Bucket,
        Key = key,
        InputStream = content,
        AutoCloseStream = false,
        AutoResetStreamPosition = false,
        UseChunkEncoding = options.ChunkEncoding,
        DisablePayloadSigning = !options.PayloadSigning,
        IfNoneMatch = isConditional ? "*" : null,
    }, cancellationToken);

    private async Task PutPartsAsync(string key, Stream content, bool isConditional, CancellationToken cancellationToken)
    {
        var upload = await client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = options.Bucket, Key = key }, cancellationToken);
        try
        {
            var parts = new List<PartETag>();
            while (content.Position < content.Length)
                parts.Add(await PutPartAsync(key, upload.UploadId, parts.Count + 1, content, cancellationToken));
            await client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest
            {
                BucketName = options.Bucket,
                Key = key,
                UploadId = upload.UploadId,
                PartETags = parts,
                IfNoneMatch = isConditional ? "*" : null,
            }, cancellationToken);
        }
        catch (Exception failure)
        {
            await AbortAsync(key, upload.UploadId, failure);
            throw;
        }
    }

    private async Task<PartETag> PutPartAsync(string key, string upload, int number, Stream content, CancellationToken cancellationToken)
    {
        var (from, bytes) = (content.Position, Math.Min(options.PartBytes, content.Length - content.Position));
        var part = await client.UploadPartAsync(new UploadPartRequest
        {
            BucketName = options.Bucket,
            Key = key,
            UploadId = upload,
            PartNumber = number,
            InputStream = content,
            PartSize = bytes,
            UseChunkEncoding = options.ChunkEncoding,
            DisablePayloadSigning = !options.PayloadSigning,
        }, cancellationToken);
        content.Position = from + bytes; // Whatever the SDK left it at.
        return new PartETag(number, part.ETag);
    }

    // Not by the caller's token, which may be what ended the upload. Where this fails too, the bucket's lifecycle rule does it.
    private async Task AbortAsync(string key, string upload, Exception failure)
    {
        try
        {
            await client.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = options.Bucket, Key = key, UploadId = upload });
        }
        catch (Exception also) when (also is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or OperationCanceledException)
        {
            failure.Data["abort"] = also.Message;
        }
    }
}
