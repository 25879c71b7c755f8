using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace Broker.Storage.Segments;

/// <summary>A file mapped for reading, as memory: at most 2 GiB.</summary>
internal sealed unsafe class MappedFile : MemoryManager<byte>
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly int _length;
    private byte* _start;

    private MappedFile(MemoryMappedFile file, MemoryMappedViewAccessor view, int length)
    {
        (_file, _view, _length) = (file, view, length);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    /// <exception cref="IOException">The file is missing, empty, too large, or cannot be read.</exception>
    public static MappedFile Open(string path)
    {
        var length = new FileInfo(path).Length; // throws FileNotFoundException, an IOException, where it is missing
        if (length is < 1 or > int.MaxValue) throw new IOException($"A length of {length} bytes.");
        var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        try
        {
            return new MappedFile(file, file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read), (int)length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <exception cref="ObjectDisposedException">The file is not mapped any more.</exception>
    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        return new(_start, _length);
    }

    public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (_start is null) return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
