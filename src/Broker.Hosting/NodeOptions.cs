using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Broker.Hosting;

/// <summary>An embedded node: one process that is silo and gateway, with everything it keeps in one directory.</summary>
public sealed class NodeOptions
{
    /// <summary>The port that a node listens on unless it is told otherwise.</summary>
    public const int DefaultPort = 5270;

    /// <summary>Where everything lies that the node keeps; made where it is missing. No default.</summary>
    [Required]
    public string DataDirectory { get; set; } = "";

    /// <summary>The loopback port for gRPC, 0 to 65,535. Default 5270; 0 takes any that is free.</summary>
    /// <remarks>Loopback only: an embedded node's tokens are minted by whoever may read its directory, and it does not encrypt.</remarks>
    [Range(0, 65_535)]
    public int Port { get; set; } = DefaultPort;

    /// <summary>How often every log is woken, so that what has come due in it is done. Seconds, 1 to 86,400. Default 300.</summary>
    [Range(1, 86_400)]
    public int WakePeriodSeconds { get; set; } = 300;

    /// <summary>How long a stop may take before what is under way is cut off; the logs bear that. Seconds, 0 to 300. Default 20.</summary>
    [Range(0, 300)]
    public int StopSeconds { get; set; } = 20;
}

/// <summary>Checks the ranges of <see cref="NodeOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class NodeOptionsValidator : IValidateOptions<NodeOptions>;
