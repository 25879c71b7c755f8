namespace Broker.Connectors.Ndjson;

/// <summary>Reads lines of bytes, each in bounded memory.</summary>
internal sealed class BoundedLines(Stream stream, int lineBytesMax)
{
    private byte[] _buffer = new byte[65_536];
    private int _start, _end;
    private bool _over;

    /// <summary>The number of the present line, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The present line without its end.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Whether the present line is longer than the limit: then <see cref="Line"/> may be empty.</summary>
    public bool Cut { get; private set; }

    /// <summary>Whether the present line has its line feed. Only a file's last line may lack it.</summary>
    public bool Ended { get; private set; }

    /// <summary>Moves to the next line; false when there is none.</summary>
    public bool Read()
    {
        Cut = false;
        for (var looked = 0; ;)
        {
            var feed = _buffer.AsSpan(_start + looked, _end - _start - looked).IndexOf((byte)'\n');
            if (feed >= 0) return Take(looked + feed, ended: true);
            looked = _end - _start;
            if (looked > lineBytesMax) return CutLine();
            if (_over || !Fill()) return looked > 0 && Take(looked, ended: false);
        }
    }

    private bool Take(int length, bool ended)
    {
        Line = _buffer.AsMemory(_start, length);
        Cut = length > lineBytesMax;
        Ended = ended;
        _start += ended ? length + 1 : length;
        Number++;
        return true;
    }

    private bool CutLine()
    {
        Line = ReadOnlyMemory<byte>.Empty;
        (Cut, Ended) = (true, false);
        Number++;
        int feed;
        while ((feed = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n')) < 0)
        {
            _start = _end = 0;
            if (!Fill()) return true;
        }
        _start += feed + 1;
        Ended = true;
        return true;
    }

    private bool Fill()
    {
        if (_start > 0) _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2); // stops soon after the limit
        var count = stream.Read(_buffer, _end, _buffer.Length - _end);
        _over = count == 0;
        _end += count;
        return count > 0;
    }
}
