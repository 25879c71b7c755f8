using System.Buffers.Binary;

namespace Broker.Gateway.Flights;

/// <summary>The IPC message of a record batch (Arrow's Message.fbs, version V5) without nulls or compression, written out by hand: a flatbuffer of
/// a fixed shape, of which only the lengths change.</summary>
/// <remarks>
/// Laid out so that each value lies at a multiple of its size: 0 root offset · 4 Message's field table · 20 Message · 40 RecordBatch's field
/// table · 52 RecordBatch · 76 nodes (length, then 16 bytes each: rows, nulls) · buffers (length, then 16 bytes each: offset, bytes).
/// </remarks>
internal static class RecordBatchHeader
{
    private const int MessageFields = 4;
    private const int Message = 20;
    private const int BatchFields = 40;
    private const int Batch = 52;
    private const int Nodes = 76;
    private const int FirstNode = 80;
    private const int EntryBytes = 16;
    private const short MetadataV5 = 4;
    private const byte RecordBatchType = 3;

    /// <summary>The message of a batch.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns, none of them nested.</param>
    /// <param name="bufferBytes">The bytes of each buffer, without padding, in order.</param>
    public static byte[] Write(int rows, int columns, ReadOnlySpan<int> bufferBytes)
    {
        var buffers = FirstNode + (EntryBytes * columns) + sizeof(int);
        var header = new byte[buffers + sizeof(int) + (EntryBytes * bufferBytes.Length)];
        WriteMessage(header);
        WriteBatch(header, rows, buffers);
        Int32(header, Nodes, columns);
        for (var column = 0; column < columns; column++) Int64(header, FirstNode + (EntryBytes * column), rows); // nulls: none
        Int32(header, buffers, bufferBytes.Length);
        var offset = 0L;
        for (var index = 0; index < bufferBytes.Length; index++)
        {
            var entry = buffers + sizeof(int) + (EntryBytes * index);
            Int64(header, entry, offset);
            Int64(header, entry + sizeof(long), bufferBytes[index]);
            offset += Padded(bufferBytes[index]);
        }

        Int64(header, Message + 4, offset); // bodyLength
        return header;
    }

    /// <summary>Bytes that a buffer takes in the body: its own, up to the next multiple of eight.</summary>
    public static int Padded(int bytes) => (bytes + 7) & ~7;

    private static void WriteMessage(byte[] header)
    {
        Int32(header, 0, Message);
        // Sizes of field table and message; where its fields version, header_type, header and bodyLength lie in it.
        Int16(header, MessageFields, 12, 20, 16, 18, 12, 4);
        Int32(header, Message, Message - MessageFields);
        Int32(header, Message + 12, Batch - (Message + 12));
        Int16(header, Message + 16, MetadataV5);
        header[Message + 18] = RecordBatchType;
    }

    private static void WriteBatch(byte[] header, int rows, int buffers)
    {
        // Sizes of field table and batch; where its fields length, nodes and buffers lie in it.
        Int16(header, BatchFields, 10, 20, 4, 12, 16);
        Int32(header, Batch, Batch - BatchFields);
        Int64(header, Batch + 4, rows);
        Int32(header, Batch + 12, Nodes - (Batch + 12));
        Int32(header, Batch + 16, buffers - (Batch + 16));
    }

    private static void Int16(byte[] header, int at, params ReadOnlySpan<short> values)
    {
        for (var index = 0; index < values.Length; index++) BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(at + (sizeof(short) * index)), values[index]);
    }

    private static void Int32(byte[] header, int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(at), value);

    private static void Int64(byte[] header, int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(at), value);
}
