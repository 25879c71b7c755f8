namespace Broker.Connectors;

/// <summary>Counts the bytes read from an export, for progress bars.</summary>
internal sealed class ReadCounter
{
    private long _bytes;

    /// <summary>Bytes read so far, over all files.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Opens a file for one reading from start to end.</summary>
    /// <exception cref="ConnectorException">It cannot be opened.</exception>
    public Stream Open(string path)
    {
        try
        {
            return new CountedStream(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan), this);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConnectorException($"The file cannot be opened: {e.Message}", "Check the path and that you may read it.", path, inner: e);
        }
    }

    private sealed class CountedStream(Stream file, ReadCounter counter) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            var count = file.Read(buffer);
            Interlocked.Add(ref counter._bytes, count);
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override void Flush() { }

        protected override void Dispose(bool disposing)
        {
            if (disposing) file.Dispose();
            base.Dispose(disposing);
        }
    }
}
