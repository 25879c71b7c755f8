namespace Broker.Client.Pulls;

/// <summary>A message of a stream that must not be taken; what is open is discarded, and the stream given up.</summary>
internal sealed class RefusedSliceException(SliceId slice, bool isLate, string message) : Exception(message)
{
    /// <summary>The slice it belongs to.</summary>
    public SliceId Slice { get; } = slice;

    /// <summary>Whether it came later than its deadline: that is reported to the broker.</summary>
    public bool IsLate { get; } = isLate;
}
