using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Broker.Gateway.Pulls;

/// <summary>Bounds of pulls.</summary>
public sealed class PullOptions
{
    /// <summary>Most records of a slice, where the caller names no number. 1 to 65,536. Default 16,384.</summary>
    [Range(1, 65_536)]
    public int SliceRecordsMax { get; set; } = 16_384;

    /// <summary>Most bytes of fields in a slice of a fast client. 64 KiB to 64 MiB. Default 16 MiB.</summary>
    [Range(64 * 1024, 64 * 1024 * 1024)]
    public int SliceBytesMax { get; set; } = 16 * 1024 * 1024;

    /// <summary>Bytes of fields in a stream's first slice; slices grow while the client keeps up. 4 KiB to 64 MiB. Default 256 KiB.</summary>
    [Range(4 * 1024, 64 * 1024 * 1024)]
    public int SliceBytesFirst { get; set; } = 256 * 1024;

    /// <summary>Bytes of fields in the smallest slice; a client that does not take this much within a lease is too slow. 1 KiB to 1 MiB. Default 8 KiB.</summary>
    [Range(1024, 1024 * 1024)]
    public int SliceBytesMin { get; set; } = 8 * 1024;

    /// <summary>Slices of one partition that are reserved, released or sent at once. 1 to 64. Default 4: the next is committed while one is sent.</summary>
    [Range(1, 64)]
    public int SlicesInFlightMax { get; set; } = 4;

    /// <summary>Partitions that one stream reads at once. 1 to 256. Default 8.</summary>
    [Range(1, 256)]
    public int PartitionsAtOnceMax { get; set; } = 8;

    /// <summary>Longest wait before a quota that others hold is asked for again. Milliseconds, 1 to 60,000. Default 1,000.</summary>
    [Range(1, 60_000)]
    public int HeldWaitMillisecondsMax { get; set; } = 1_000;

    /// <summary>How long a flight's ticket opens streams. Minutes, 1 to 1,440. Default 60.</summary>
    [Range(1, 1_440)]
    public int TicketMinutes { get; set; } = 60;
}

/// <summary>Checks the ranges of <see cref="PullOptions"/> at the start.</summary>
[OptionsValidator]
internal sealed partial class PullOptionsValidator : IValidateOptions<PullOptions>;
