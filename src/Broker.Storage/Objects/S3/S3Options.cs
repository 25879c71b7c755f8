using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Broker.Storage.Objects.S3;

/// <summary>An S3-compatible service. Credentials never stand here: they come from the SDK's usual chain (<c>AWS_ACCESS_KEY_ID</c> and
/// <c>AWS_SECRET_ACCESS_KEY</c>, a profile, a web identity token, the machine's role).</summary>
public sealed class S3Options
{
    /// <summary>The bucket. It must exist.</summary>
    [Required, StringLength(63, MinimumLength = 3)]
    public string Bucket { get; set; } = "";

    /// <summary>What every key begins with, without a slash at its end: a bucket may serve several clusters, each under its own. Empty: the whole bucket.</summary>
    [StringLength(200)]
    public string Prefix { get; set; } = "";

    /// <summary>The service's address, <c>https://host:port</c>; empty: AWS, by <see cref="Region"/>.</summary>
    [Url]
    public string? ServiceUrl { get; set; }

    /// <summary>The region that requests are signed for; many other servers take any.</summary>
    [Required, StringLength(64, MinimumLength = 1)]
    public string Region { get; set; } = "us-east-1";

    /// <summary>Whether the bucket stands in the path rather than in the host's name. Default true: other servers seldom have a name per bucket.</summary>
    public bool PathStyle { get; set; } = true;

    /// <summary>Whether bodies are sent in signed chunks (<c>aws-chunked</c>). Default false: many servers do not know it, and without it the
    /// whole body is signed as well.</summary>
    public bool ChunkEncoding { get; set; }

    /// <summary>Whether bodies are signed. Default true; without it only TLS guards a body on its way, so the address must be <c>https</c> then.</summary>
    public bool PayloadSigning { get; set; } = true;

    /// <summary>Whether a put that must not replace carries <c>If-None-Match: *</c>. Default true; false for servers that refuse the header.</summary>
    public bool ConditionalPuts { get; set; } = true;

    /// <summary>Longest wait for a request's answer, its body sent within, and for the next bytes of a download. Seconds, 1 to 600. Default 60:
    /// a part of 16 MiB takes that at 0.3 MB/s.</summary>
    [Range(1, 600)]
    public int RequestSeconds { get; set; } = 60;

    /// <summary>How often a request that failed for a passing reason is tried again, with growing pauses; and a download that broke off, from where it did. 0 to 10. Default 4.</summary>
    [Range(0, 10)]
    public int Retries { get; set; } = 4;

    /// <summary>Bytes of a part of a larger object; what is not larger goes in one request. 5 MiB (S3's least) to 1 GiB. Default 16 MiB: 10,000 parts are 156 GiB.</summary>
    [Range(5 << 20, 1 << 30)]
    public int PartBytes { get; set; } = 16 << 20;
}

/// <summary>Checks the ranges of <see cref="S3Options"/> at the start.</summary>
[OptionsValidator]
public sealed partial class S3OptionsValidator : IValidateOptions<S3Options>;
