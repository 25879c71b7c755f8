using System.Buffers.Binary;
using Broker.Grains.Keys;

namespace Broker.Gateway.Pulls;

/// <summary>How long to wait before a partition is asked again: twice as long each time, up to a bound, and each wait shorter by up to
/// its half by chance, so that streams of one deal do not ask in step.</summary>
/// <param name="first">The first wait.</param>
/// <param name="most">The bound.</param>
/// <param name="entropy">Chance.</param>
internal sealed class BackOff(TimeSpan first, TimeSpan most, IEntropy entropy)
{
    private TimeSpan _next = first < most ? first : most;

    /// <summary>The next wait.</summary>
    public TimeSpan Next()
    {
        var wait = _next * (1 - (Chance() / 2));
        _next = 2 * _next < most ? 2 * _next : most;
        return wait;
    }

    /// <summary>Something was granted: the next wait is short again.</summary>
    public void Reset() => _next = first < most ? first : most;

    private double Chance()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        entropy.Fill(bytes);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes) / (double)uint.MaxValue;
    }
}
