namespace Broker.Storage.Segments;

/// <summary>Which columns a segment has. In the order of its versions on disk.</summary>
internal enum SegmentShape
{
    /// <summary>Records that were added together.</summary>
    Plain,

    /// <summary>Records of a merge, each with the position at which it was added.</summary>
    Merged,

    /// <summary>What merges left of records that are gone.</summary>
    Remnants,
}
