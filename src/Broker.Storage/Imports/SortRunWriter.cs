using System.Buffers.Binary;

namespace Broker.Storage.Imports;

/// <summary>Writes a sorted run: key, length, payload.</summary>
internal sealed class SortRunWriter(string path) : IDisposable
{
    /// <summary>Bytes of what stands before a payload.</summary>
    public const int HeadBytes = SortKey.Bytes + sizeof(int);

    private readonly FileStream _file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 18);

    public void Write(SortKey key, ReadOnlySpan<byte> payload)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        key.Write(head);
        BinaryPrimitives.WriteInt32LittleEndian(head[SortKey.Bytes..], payload.Length);
        _file.Write(head);
        _file.Write(payload);
    }

    public void Dispose() => _file.Dispose();
}
