using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Broker.Storage.Objects.Caching;

/// <summary>The bound of a node's local copies of objects that lie elsewhere.</summary>
public sealed class ObjectCacheOptions
{
    /// <summary>Most bytes of local copies; beyond it those used least recently go, but none that is open. 64 MiB to 16 TiB. Default 32 GiB: a
    /// silo holds the segments of its partitions open, so it must be more than those have.</summary>
    [Range(64L << 20, 16L << 40)]
    public long BytesMax { get; set; } = 32L << 30;
}

/// <summary>Checks the range of <see cref="ObjectCacheOptions"/> at the start.</summary>
[OptionsValidator]
public sealed partial class ObjectCacheOptionsValidator : IValidateOptions<ObjectCacheOptions>;
