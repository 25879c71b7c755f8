using System.Security.Cryptography;

namespace Broker.Storage.Segments;

/// <summary>A file that is written once, from its start, and digested as it is written.</summary>
/// <param name="path">Where; what lies there is written over.</param>
internal sealed class DigestedFile(string path) : Stream
{
    private const int BufferBytes = 1 << 18;

    private readonly FileStream _file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _used;
    private long _written;

    public override bool CanRead => false;

    /// <summary>True, for Arrow's writer asks that, and then only where it stands.</summary>
    public override bool CanSeek => true;

    public override bool CanWrite => true;

    /// <summary>Bytes so far.</summary>
    public override long Length => _written + _used;

    public override long Position { get => Length; set => throw new NotSupportedException("It is written from its start to its end."); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > BufferBytes - _used) Flush();
        if (buffer.Length > BufferBytes) Put(buffer);
        else
        {
            buffer.CopyTo(_buffer.AsSpan(_used));
            _used += buffer.Length;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        Put(_buffer.AsSpan(0, _used));
        _used = 0;
    }

    /// <summary>Ends it; SHA-256 of what was written.</summary>
    public byte[] Finish()
    {
        Flush();
        _file.Dispose();
        return _digest.GetHashAndReset();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("It is only written.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("It is written from its start to its end.");

    public override void SetLength(long value) => throw new NotSupportedException("It is written from its start to its end.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
            _digest.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        _file.Write(bytes);
        _digest.AppendData(bytes);
        _written += bytes.Length;
    }
}
