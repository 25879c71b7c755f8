using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Broker.Storage.Imports;

/// <summary>Bounds of an import.</summary>
public sealed class ImportOptions
{
    /// <summary>Memory of each of an import's two sorts before it goes to disk. Bytes, 64 KiB to 1 GiB. Default 32 MiB.</summary>
    [Range(64 * 1024, 1 << 30)]
    public int SortBufferBytes { get; set; } = 32 << 20;

    /// <summary>Bytes of fields in a segment before another one is begun. 64 KiB to 1 GiB. Default 512 MiB: a mapped file has at most 2 GiB.</summary>
    [Range(64 * 1024, 1 << 30)]
    public int SegmentBytesMax { get; set; } = 512 << 20;

    /// <summary>Rows in a segment before another one is begun. 1 to 10,000,000: a row takes some 70 bytes besides its fields. Default 4,000,000:
    /// twelve bytes each are held while it is written.</summary>
    [Range(1, 10_000_000)]
    public int SegmentRowsMax { get; set; } = 4_000_000;

    /// <summary>How often an import is prepared when something else changes the dataset meanwhile. 1 to 100. Default 5.</summary>
    [Range(1, 100)]
    public int AttemptsMax { get; set; } = 5;

    /// <summary>How old a segment that no log names must be before an import takes it for what a crash left behind. Hours, 1 to 8,760. Default 24.</summary>
    [Range(1, 8_760)]
    public int OrphanHours { get; set; } = 24;
}

/// <summary>Checks the ranges of <see cref="ImportOptions"/> at the start.</summary>
[OptionsValidator]
public sealed partial class ImportOptionsValidator : IValidateOptions<ImportOptions>;
