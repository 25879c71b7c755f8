using System.ComponentModel.DataAnnotations;
using Broker.Domain.Merges;
using Microsoft.Extensions.Options;

namespace Broker.Grains.Merges;

/// <summary>When segments are merged, and how fast.</summary>
public sealed class MergeOptions : IValidatableObject
{
    /// <summary>Time between two looks of a partition at what is due. 1 s to 1 h. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Period { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Bytes that all merges of a node together read and write in a second. 64 KiB to 16 GiB. Default 32 MiB: a tenth of what one disk
    /// gives, so that pulls do not feel it.</summary>
    [Range(64L << 10, 16L << 30)]
    public long BytesPerSecond { get; set; } = 32L << 20;

    /// <summary>How many segments of like size are merged at once. 2 to 32. Default 4.</summary>
    [Range(2, 32)]
    public int FanIn { get; set; } = 4;

    /// <summary>Most bytes of segments that are merged at once; a larger one is rewritten only for what must go from it. 64 KiB to 1 GiB. Default
    /// 1 GiB: a mapped file has at most 2 GiB.</summary>
    [Range(64L << 10, 1L << 30)]
    public long SegmentBytesMax { get; set; } = 1L << 30;

    /// <summary>Most rows of segments that are merged at once. 1 to 10,000,000. Default 8,000,000: twelve bytes each are held while they are written.</summary>
    [Range(1, 10_000_000)]
    public int SegmentRowsMax { get; set; } = 8_000_000;

    /// <summary>Within what time that which was removed, or belonged to somebody who was erased, is physically gone. 1 min to 30 days. Default 24 h.
    /// A segment is rewritten for it when half of it has passed.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan ErasureDeadline { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long the files of a merged segment stay: what was granted from them is still being sent. 1 s to 1 day, and at most a quarter of
    /// <see cref="ErasureDeadline"/>. Default 15 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RetiredFor { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>After what time a merge that was given up (a full disk, a broken segment) is tried again. 1 s to 1 day. Default 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The rule's view of it.</summary>
    internal MergeLimits Limits => new(FanIn, SegmentBytesMax, SegmentRowsMax, ErasureDeadline / 2);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (RetiredFor > ErasureDeadline / 4)
            yield return new ValidationResult($"{nameof(RetiredFor)} is more than a quarter of {nameof(ErasureDeadline)}.", [nameof(RetiredFor)]);
    }
}

/// <summary>Checks the ranges of <see cref="MergeOptions"/> at the start.</summary>
[OptionsValidator]
public sealed partial class MergeOptionsValidator : IValidateOptions<MergeOptions>;
