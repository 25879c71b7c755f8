using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Broker.Gateway;

/// <summary>Bounds of what callers may ask of a gateway; beyond them they are refused, by name.</summary>
public sealed class GatewayOptions
{
    /// <summary>Largest message from a caller. Bytes, 64 KiB to 64 MiB. Default 4 MiB.</summary>
    [Range(64 * 1024, 64 * 1024 * 1024)]
    public int ReceiveMessageBytesMax { get; set; } = 4 * 1024 * 1024;

    /// <summary>Largest message to a caller. Bytes, 64 KiB to 64 MiB. Default 4 MiB: what clients take by default.</summary>
    [Range(64 * 1024, 64 * 1024 * 1024)]
    public int SendMessageBytesMax { get; set; } = 4 * 1024 * 1024;

    /// <summary>Most calls at once on one connection. 1 to 10,000. Default 256.</summary>
    [Range(1, 10_000)]
    public int StreamsPerConnectionMax { get; set; } = 256;

    /// <summary>Most connections at once. 1 to 1,000,000. Default 10,000.</summary>
    [Range(1, 1_000_000)]
    public long ConnectionsMax { get; set; } = 10_000;

    /// <summary>Largest headers of a request, together. Bytes, 4 KiB to 1 MiB. Default 16 KiB.</summary>
    [Range(4 * 1024, 1024 * 1024)]
    public int RequestHeadersBytesMax { get; set; } = 16 * 1024;

    /// <summary>Silence on a connection after which it is pinged. Seconds, 1 to 3,600. Default 20.</summary>
    [Range(1, 3_600)]
    public int KeepAlivePingDelaySeconds { get; set; } = 20;

    /// <summary>How long a ping's answer may take before the connection is closed. Seconds, 1 to 3,600. Default 20.</summary>
    [Range(1, 3_600)]
    public int KeepAlivePingTimeoutSeconds { get; set; } = 20;

    /// <summary>Whether tools may ask which services there are. Default false; meant for development.</summary>
    public bool IsReflectionEnabled { get; set; }
}

/// <summary>Checks the ranges of <see cref="GatewayOptions"/> at the start.</summary>
[OptionsValidator]
internal sealed partial class GatewayOptionsValidator : IValidateOptions<GatewayOptions>;
