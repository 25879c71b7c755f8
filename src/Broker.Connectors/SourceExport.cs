using Broker.Domain.Platforms;

namespace Broker.Connectors;

/// <summary>An export that was found and looks readable. Each <see cref="Read"/> reads it from its start.</summary>
public sealed class SourceExport
{
    private readonly ReadCounter _counter = new();
    private readonly Func<ReadCounter, IEnumerable<SourceItem>> _read;

    internal SourceExport(string format, string path, long bytesTotal, Func<ReadCounter, IEnumerable<SourceItem>> read)
    {
        Format = format;
        Path = path;
        BytesTotal = bytesTotal;
        _read = read;
    }

    /// <summary>One of <see cref="ConnectorFormat"/>.</summary>
    public string Format { get; }

    /// <summary>The file or directory.</summary>
    public string Path { get; }

    /// <summary>Bytes of the files that one reading goes through.</summary>
    public long BytesTotal { get; }

    /// <summary>Bytes read so far, by all readings; may be asked from another thread.</summary>
    public long BytesRead => _counter.Bytes;

    /// <summary>Reads the export row by row, in the file's order and in bounded memory.</summary>
    /// <exception cref="ConnectorException">While enumerating: the export is truncated, damaged or another kind of file;
    /// what was read of it before must not be kept.</exception>
    public IEnumerable<SourceItem> Read() => _read(_counter);
}
