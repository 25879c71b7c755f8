using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Broker.Grains.Partitions;

/// <summary>How long a gateway may send what was released.</summary>
public sealed class SendLeaseOptions
{
    /// <summary>How long a send lease runs; a withdrawal waits at most this long for a gateway that says nothing, and a new
    /// activation acknowledges nothing for two of it.</summary>
    /// <value>50 ms to 15 s: calls that wait for two of it are given a minute. Default 2 s: long against a pause of the runtime, short against a person who waits.</value>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:15")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(2);
}

/// <summary>Checks the ranges of <see cref="SendLeaseOptions"/> at the start.</summary>
[OptionsValidator]
public sealed partial class SendLeaseOptionsValidator : IValidateOptions<SendLeaseOptions>;
