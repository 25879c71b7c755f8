namespace Broker.Cli.Commands;

/// <summary>Reads a file line by line in bounded memory.</summary>
internal sealed class ConsentImportLines(string path)
{
    /// <summary>Longest line. Bytes; a row with every field at its longest has a sixteenth of it.</summary>
    public const int LineBytesMax = 64 * 1024;

    private long _bytesRead;

    /// <summary>Bytes read so far, by all readings; may be asked from another thread.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>The file's length.</summary>
    public long BytesTotal { get; } = new FileInfo(path) is { Exists: true } file ? file.Length : throw new FileNotFoundException($"There is no file {path}.");

    /// <summary>The lines in order, from 1, without their ends; null where one is longer than <see cref="LineBytesMax"/>.</summary>
    public IEnumerable<(long Number, byte[]? Line)> Read()
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        var line = new MemoryStream();
        var isTooLong = false;
        var number = 1L;
        for (int next; (next = file.ReadByte()) >= 0;)
        {
            if ((file.Position & 0xffff) == 0) Interlocked.Add(ref _bytesRead, 0x10000);
            if (next == '\n')
            {
                yield return (number++, isTooLong ? null : line.ToArray());
                (isTooLong, line.Position) = (false, 0);
                line.SetLength(0);
            }
            else if (line.Length == LineBytesMax) isTooLong = true;
            else line.WriteByte((byte)next);
        }

        Interlocked.Add(ref _bytesRead, file.Position & 0xffff);
        if (line.Length > 0 || isTooLong) yield return (number, isTooLong ? null : line.ToArray());
    }
}
