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

    /// <summary>How long a stream waits for tokens to be counted while as many records of a partition wait as before; then it ends, and its client calls again.
    /// Seconds, 1 to 3,600. Default 300: a full segment takes a minute at half a core, and others may be before it.</summary>
    [Range(1, 3_600)]
    public int TokenWaitSecondsMax { get; set; } = 300;

    /// <summary>How long a flight's ticket opens streams. Minutes, 1 to 1,440. Default 60.</summary>
    [Range(1, 1_440)]
    public int TicketMinutes { get; set; } = 60;
    /// <summary>Streams of one gateway that follow at once. 1 to 100,000. Default 1,000: each costs a call for each of its partitions and each
    /// <see cref="FollowProbeSeconds"/>.</summary>
    [Range(1, 100_000)]
    public int FollowsMax { get; set; } = 1_000;

    /// <summary>How long a stream that follows lets what is new gather before it opens a round for it. Where that was nothing of its own it
    /// waits twice as long each time, up to eight times. Milliseconds, 1 to 60,000. Default 500.</summary>
    [Range(1, 60_000)]
    public int FollowDelayMilliseconds { get; set; } = 500;

    /// <summary>After which time a stream that follows asks a partition that has told it nothing: what a partition says may be lost, and it may have
    /// moved. Seconds, 1 to 300. Default 10.</summary>
    [Range(1, 300)]
    public int FollowProbeSeconds { get; set; } = 10;

    /// <summary>Silence of a stream that follows after which it sends a heartbeat. Seconds, 1 to 300. Default 15: proxies close what was silent
    /// for a minute.</summary>
    [Range(1, 300)]
    public int HeartbeatSeconds { get; set; } = 15;

    /// <summary>How long a stream may follow until its client must open it anew, with a token of then. Minutes, 1 to 1,440. Default 60: two clocks
    /// that drift apart by 50 millionths differ by 0.2 s then, a tenth of a lease.</summary>
    [Range(1, 1_440)]
    public int FollowMinutesMax { get; set; } = 60;
}

/// <summary>Checks the ranges of <see cref="PullOptions"/> at the start.</summary>
[OptionsValidator]
internal sealed partial class PullOptionsValidator : IValidateOptions<PullOptions>;
