namespace Broker.Gateway.Pulls;

/// <summary>How large slices are for one client: what it takes within half a lease, so that little waits in buffers when one is revoked.</summary>
internal sealed class SliceSizer(PullOptions options)
{
    private const int MessagesPerSlice = 4;
    private const int MessageBytesMax = 1 << 20;

    private long _bytes = Math.Max(options.SliceBytesMin, Math.Min(options.SliceBytesFirst, options.SliceBytesMax));

    /// <summary>Most bytes of the next slice.</summary>
    public long SliceBytes => Volatile.Read(ref _bytes);

    /// <summary>Most bytes of a message; one record may be larger.</summary>
    public int MessageBytes => MessageBytesUpTo(MessageBytesMax);

    /// <summary>Most bytes of a message on a wire that takes so many; one record may be larger.</summary>
    /// <param name="most">At least the smallest slice.</param>
    public int MessageBytesUpTo(int most) => (int)Math.Clamp(SliceBytes / MessagesPerSlice, Math.Min(options.SliceBytesMin, most), most);

    /// <summary>Learns how long a slice took; false when not even the smallest fits into a lease.</summary>
    public bool Learn(long bytes, TimeSpan elapsed, TimeSpan lease)
    {
        if (elapsed <= lease / 2)
        {
            // Only a slice that filled its bound says that a larger one may fit.
            if (bytes >= SliceBytes / 2) Set(2 * SliceBytes);
            return true;
        }

        if (elapsed > lease && bytes <= options.SliceBytesMin) return false;
        Set((long)(bytes * (lease / 2 / elapsed)));
        return true;
    }

    private void Set(long bytes) => Volatile.Write(ref _bytes, Math.Max(options.SliceBytesMin, Math.Min(bytes, options.SliceBytesMax)));
}
