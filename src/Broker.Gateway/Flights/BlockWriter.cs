using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Broker.Gateway.Flights;

/// <summary>Fills a transport's blocks: one is asked for when the last one is full, and not for each of many short pieces.</summary>
/// <param name="writer">The transport. Nobody else writes to it until <see cref="Flush"/>.</param>
internal ref struct BlockWriter(IBufferWriter<byte> writer)
{
    private Span<byte> _free;
    private int _used;

    /// <summary>Writes bytes.</summary>
    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var length = Math.Min(Free(1).Length, bytes.Length);
            bytes[..length].CopyTo(_free);
            Take(length);
            bytes = bytes[length..];
        }
    }

    /// <summary>Writes a byte many times.</summary>
    public void Fill(byte value, int count)
    {
        while (count > 0)
        {
            var length = Math.Min(Free(1).Length, count);
            _free[..length].Fill(value);
            Take(length);
            count -= length;
        }
    }

    /// <summary>Writes numbers, little endian, each with the same one added.</summary>
    public void WriteShifted(scoped ReadOnlySpan<int> numbers, int by)
    {
        while (!numbers.IsEmpty)
        {
            var into = MemoryMarshal.Cast<byte, int>(Free(sizeof(int)));
            var count = Math.Min(into.Length, numbers.Length);
            var index = 0;
            for (var shift = new Vector<int>(by); index <= count - Vector<int>.Count; index += Vector<int>.Count)
                (new Vector<int>(numbers[index..]) + shift).CopyTo(into[index..]);
            for (; index < count; index++) into[index] = numbers[index] + by;
            Take(count * sizeof(int));
            numbers = numbers[count..];
        }
    }

    /// <summary>Hands over what was written into the last block.</summary>
    public void Flush()
    {
        if (_used > 0) writer.Advance(_used);
        _free = default;
        _used = 0;
    }

    private Span<byte> Free(int atLeast)
    {
        if (_free.Length >= atLeast) return _free;
        Flush();
        return _free = writer.GetSpan(atLeast);
    }

    private void Take(int length)
    {
        _used += length;
        _free = _free[length..];
    }
}
