using System.Buffers.Binary;

namespace Broker.Storage.Imports;

/// <summary>Reads a sorted run.</summary>
internal sealed class SortRunReader(string path) : IDisposable
{
    private readonly FileStream _file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 17);
    private byte[] _payload = new byte[4096];
    private int _length;

    public SortKey Key { get; private set; }

    public ReadOnlyMemory<byte> Payload => _payload.AsMemory(0, _length);

    public bool MoveNext()
    {
        Span<byte> head = stackalloc byte[SortRunWriter.HeadBytes];
        var read = _file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (read == 0) return false;
        if (read < head.Length) throw new EndOfStreamException($"{path} ends within an entry.");
        Key = SortKey.Read(head);
        _length = BinaryPrimitives.ReadInt32LittleEndian(head[SortKey.Bytes..]);
        if (_payload.Length < _length) _payload = new byte[Math.Max(_length, 2 * _payload.Length)];
        _file.ReadExactly(_payload.AsSpan(0, _length));
        return true;
    }

    public void Dispose() => _file.Dispose();
}
