using System.Net.Sockets;
using System.Security.Authentication;
using Amazon.Runtime;

namespace Broker.Storage.Objects.S3;

/// <summary>What a failure of the service means for whoever runs the cluster.</summary>
internal static class S3Failures
{
    /// <summary>The failure in a sentence, with what to do where that is known.</summary>
    public static string Explain(Exception failure) => failure switch
    {
        AmazonServiceException { ErrorCode: { Length: > 0 } code } answered => $"{code}: {answered.Message}{Advice(code)}",
        TimeoutException late => late.Message,
        _ when Cause<TimeoutException>(failure) is { } late => $"{late.Message} Is the service overloaded, or RequestSeconds too short?",
        _ when Cause<SocketException>(failure) is { } socket => $"{socket.Message}. Is the address of the service right, and is it up?",
        _ when Cause<AuthenticationException>(failure) is { } tls => $"{tls.Message} Is the service's certificate one that this machine trusts?",
        AmazonClientException { InnerException: null } missing => missing.Message,
        _ => failure.GetBaseException().Message,
    };

    private static string Advice(string code) => code switch
    {
        "NoSuchBucket" => " Make the bucket, or name another one.",
        "AccessDenied" or "AllAccessDisabled" => " The credentials need s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on the prefix and s3:ListBucket on the bucket.",
        "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "ExpiredToken" or "InvalidToken" => " Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the machine's role.",
        // What asks for an object's size is answered without a body, so without a reason.
        "Forbidden" => " Check the credentials, and that they may read and list the bucket.",
        "PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" => " The bucket is in another region: set Region.",
        "RequestTimeTooSkewed" => " Set this machine's clock.",
        "XAmzContentSHA256Mismatch" or "NotImplemented" => " The server may not know chunked or unsigned bodies: leave ChunkEncoding off and PayloadSigning on.",
        _ => "",
    };

    private static T? Cause<T>(Exception? failure)
        where T : Exception
    {
        while (failure is not null and not T) failure = failure.InnerException;
        return failure as T;
    }
}
