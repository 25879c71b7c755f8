using System.Buffers.Binary;

namespace Broker.Storage.Tokens;

/// <summary>Counts of a segment's tokens as they lie in their object: <c>BRTOKEN1</c>, then for each row, sixteen bytes: the tokens of all titles up to and
/// including it, and those of all texts, each a 64-bit integer, little endian.</summary>
/// <remarks>Sums and not counts: what any run of rows comes to is one difference.</remarks>
internal static class TokenCountsFile
{
    public const int RowBytes = 2 * sizeof(long);

    public static ReadOnlySpan<byte> Magic => "BRTOKEN1"u8;

    public static void Write(Span<byte> row, long titles, long texts)
    {
        BinaryPrimitives.WriteInt64LittleEndian(row, titles);
        BinaryPrimitives.WriteInt64LittleEndian(row[sizeof(long)..], texts);
    }

    public static (long Titles, long Texts) SumsAt(ReadOnlySpan<byte> file, int row)
    {
        var at = file.Slice(Magic.Length + row * RowBytes, RowBytes);
        return (BinaryPrimitives.ReadInt64LittleEndian(at), BinaryPrimitives.ReadInt64LittleEndian(at[sizeof(long)..]));
    }
}
