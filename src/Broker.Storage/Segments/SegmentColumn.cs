using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Apache.Arrow;

namespace Broker.Storage.Segments;

/// <summary>One column's bytes while a record batch is built, in memory of a pool: kept from batch to batch.</summary>
internal sealed class SegmentColumn : IDisposable
{
    private const int BytesFirst = 1 << 14;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(BytesFirst);

    /// <summary>Bytes so far.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes, as an array takes them; valid until <see cref="Clear"/>.</summary>
    public ArrowBuffer Buffer => new(_bytes.AsMemory(0, Length));

    /// <summary>Adds a number, little endian as Arrow has it on all machines that .NET runs on here.</summary>
    public void Add<T>(T value)
        where T : unmanaged
    {
        MemoryMarshal.Write(Room(Unsafe.SizeOf<T>()), in value);
        Length += Unsafe.SizeOf<T>();
    }

    /// <summary>Adds bytes.</summary>
    public void Add(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Room(value.Length));
        Length += value.Length;
    }

    /// <summary>Begins anew.</summary>
    public void Clear() => Length = 0;

    public void Dispose()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        (_bytes, Length) = ([], 0);
    }

    private Span<byte> Room(int length)
    {
        if (_bytes.Length - Length < length) Grow(length);
        return _bytes.AsSpan(Length, length);
    }

    private void Grow(int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Length + length, 2 * _bytes.Length));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
