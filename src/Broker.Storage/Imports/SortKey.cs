using System.Buffers.Binary;

namespace Broker.Storage.Imports;

/// <summary>What an external sort orders by: three numbers, the first before the second before the third.</summary>
internal readonly record struct SortKey(ulong First, ulong Second, ulong Third) : IComparable<SortKey>
{
    /// <summary>Bytes of a key on disk.</summary>
    public const int Bytes = 24;

    /// <summary>A signed number in the order of unsigned ones.</summary>
    public static ulong Ordered(long value) => (ulong)value ^ (1UL << 63);

    public int CompareTo(SortKey other)
    {
        var byFirst = First.CompareTo(other.First);
        if (byFirst != 0) return byFirst;
        var bySecond = Second.CompareTo(other.Second);
        return bySecond != 0 ? bySecond : Third.CompareTo(other.Third);
    }

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, First);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Second);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], Third);
    }

    public static SortKey Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]));
}
