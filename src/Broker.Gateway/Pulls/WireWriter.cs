namespace Broker.Gateway.Pulls;

/// <summary>Writes fields of a protobuf message into memory that has room for them; what is empty or 0 is left out, as proto3 has it.</summary>
/// <param name="into">Where to.</param>
/// <remarks>Encoding: https://protobuf.dev/programming-guides/encoding/. Field numbers are 1 to 15: their tags take one byte.</remarks>
internal ref struct WireWriter(Span<byte> into)
{
    private const int VarintType = 0;
    private const int LengthType = 2;

    private readonly Span<byte> _into = into;

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes that a text's field takes.</summary>
    public static int SizeOf(ReadOnlySpan<byte> text) => text.IsEmpty ? 0 : 1 + VarintLength((ulong)text.Length) + text.Length;

    /// <summary>Bytes that a number's field takes.</summary>
    public static int SizeOf(ulong number) => number == 0 ? 0 : 1 + VarintLength(number);

    /// <summary>Bytes that a number takes.</summary>
    public static int VarintLength(ulong number) => ((63 - (int)ulong.LeadingZeroCount(number | 1)) / 7) + 1;

    /// <summary>Begins a message of so many bytes.</summary>
    public void Begin(byte tag, int size)
    {
        _into[Length++] = tag;
        Varint((ulong)size);
    }

    /// <summary>A text or bytes.</summary>
    public void Text(int field, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty) return;
        Begin((byte)((field << 3) | LengthType), text.Length);
        text.CopyTo(_into[Length..]);
        Length += text.Length;
    }

    /// <summary>A number, an enum's value, a truth.</summary>
    public void Number(int field, ulong number)
    {
        if (number == 0) return;
        _into[Length++] = (byte)((field << 3) | VarintType);
        Varint(number);
    }

    /// <summary>A number by itself.</summary>
    public void Varint(ulong number)
    {
        for (; number >= 0x80; number >>= 7) _into[Length++] = (byte)(number | 0x80);
        _into[Length++] = (byte)number;
    }
}
