namespace Broker.Connectors.Xml;

/// <summary>Stands before the XML reader and cuts attribute values that are longer than a limit, because the reader takes a
/// whole tag into memory before it says anything about it. A tag with a cut value gets an extra attribute, whose name
/// begins with <see cref="Marker"/>, so that the row can be refused and the file goes on.</summary>
/// <remarks>It need not be right about malformed XML: the reader behind it refuses that anyway, at most one buffer later.</remarks>
internal sealed class LongValueCutter(TextReader source, int valueCharactersMax) : TextReader
{
    /// <summary>How the name of the extra attribute begins.</summary>
    public const string Marker = "broker-cut-";

    private const int BufferCharacters = 16_384;
    private const int ReferenceCharactersMax = 64; // &#x10FFFF; is 10
    private const int OtherCharactersMax = 1 << 20; // names and whitespace of one tag, and very many short values

    private enum Place { Text, Markup, Tag, Value, ValueTail, Dropping, Comment, CharacterData, Instruction }

    private readonly char[] _buffer = new char[BufferCharacters];
    private readonly long _tagCharactersMax = (4L * valueCharactersMax) + OtherCharactersMax;
    private int _start, _end;
    private Place _place;
    private string _opening = "";
    private string _pending = "";
    private char _quote, _last, _beforeLast;
    private long _tagCharacters, _valueCharacters, _tailCharacters, _cuts;
    private bool _inReference;

    /// <inheritdoc/>
    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override int Read(Span<char> destination)
    {
        var written = 0;
        while (written < destination.Length)
        {
            if (_pending.Length == 0 && _start == _end && (written > 0 || !Fill())) break;
            written += Step(destination[written..]);
        }
        return written;
    }

    /// <inheritdoc/>
    public override int Read()
    {
        Span<char> one = stackalloc char[1];
        return Read(one) == 0 ? -1 : one[0];
    }

    /// <inheritdoc/>
    public override int Peek() => throw new NotSupportedException("The XML reader does not look ahead here.");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) source.Dispose();
        base.Dispose(disposing);
    }

    private bool Fill()
    {
        _start = 0;
        _end = source.Read(_buffer, 0, _buffer.Length);
        return _end > 0;
    }

    /// <summary>Writes what it can of the next run, and moves on; writing nothing is progress too.</summary>
    private int Step(Span<char> destination)
    {
        if (_pending.Length > 0) return WritePending(destination);
        var run = _buffer.AsSpan(_start, _end - _start);
        if (_place == Place.Dropping) return Drop(run);
        run = run[..Math.Min(run.Length, destination.Length)];
        var taken = _place switch
        {
            Place.Text => TakeText(run),
            Place.Markup => TakeMarkup(run),
            Place.Tag => TakeTag(run),
            Place.Value => TakeValue(run),
            Place.ValueTail => TakeValueTail(run),
            Place.Comment => TakeUntil(run, '-', '-'),
            Place.CharacterData => TakeUntil(run, ']', ']'),
            _ => TakeUntil(run, '\0', '?'),
        };
        run[..taken].CopyTo(destination);
        _start += taken;
        return taken;
    }

    private int WritePending(Span<char> destination)
    {
        var count = Math.Min(_pending.Length, destination.Length);
        _pending.AsSpan(0, count).CopyTo(destination);
        _pending = _pending[count..];
        return count;
    }

    private int TakeText(ReadOnlySpan<char> run)
    {
        var open = run.IndexOf('<');
        if (open < 0) return run.Length;
        _place = Place.Markup;
        _opening = "";
        _tagCharacters = 0;
        return open + 1;
    }

    /// <summary>Tells what a '&lt;' opens, character by character: there are at most eight to look at.</summary>
    private int TakeMarkup(ReadOnlySpan<char> run)
    {
        var opening = _opening + run[0];
        _last = _beforeLast = '\0';
        if (opening == "?") _place = Place.Instruction;
        else if (opening == "!--") _place = Place.Comment;
        else if (opening == "![CDATA[") _place = Place.CharacterData;
        else if ("!--".StartsWith(opening, StringComparison.Ordinal) || "![CDATA[".StartsWith(opening, StringComparison.Ordinal)) _opening = opening;
        else { _place = Place.Tag; return 0; }
        return 1;
    }

    private int TakeTag(ReadOnlySpan<char> run)
    {
        var stop = run.IndexOfAny('>', '"', '\'');
        var taken = stop < 0 ? run.Length : stop + 1;
        CountTag(taken);
        if (stop < 0) return taken;
        _quote = run[stop];
        _valueCharacters = 0;
        _inReference = false;
        _place = _quote == '>' ? Place.Text : Place.Value;
        return taken;
    }

    private int TakeValue(ReadOnlySpan<char> run)
    {
        var close = run.IndexOf(_quote);
        var length = close < 0 ? run.Length : close;
        var room = (int)Math.Min(length, valueCharactersMax - _valueCharacters);
        if (room < length) return BeginCut(run[..room]);
        Follow(run[..length]);
        if (close < 0) return length;
        _place = Place.Tag;
        return length + 1;
    }

    private int BeginCut(ReadOnlySpan<char> kept)
    {
        Follow(kept);
        _place = Place.ValueTail;
        _tailCharacters = 0;
        return kept.Length;
    }

    /// <summary>Goes on until no reference and no pair of surrogates would be torn.</summary>
    private int TakeValueTail(ReadOnlySpan<char> run)
    {
        if (run[0] == _quote || (!_inReference && !char.IsHighSurrogate(_last)))
        {
            _place = Place.Dropping;
            return 0;
        }
        if (++_tailCharacters > ReferenceCharactersMax)
            throw new InvalidDataException("A character reference does not end.");
        Follow(run[..1]);
        return 1;
    }

    private int Drop(ReadOnlySpan<char> run)
    {
        var close = run.IndexOf(_quote);
        _start += close < 0 ? run.Length : close + 1;
        if (close < 0) return 0;
        _pending = $"{_quote} {Marker}{++_cuts}=\"\"";
        _place = Place.Tag;
        return 0;
    }

    private void Follow(ReadOnlySpan<char> run)
    {
        if (run.Length == 0) return;
        var ampersand = run.LastIndexOf('&');
        var semicolon = run.LastIndexOf(';');
        if (ampersand >= 0 || semicolon >= 0) _inReference = ampersand > semicolon;
        _last = run[^1];
        _valueCharacters += run.Length;
        CountTag(run.Length);
    }

    private void CountTag(int characters)
    {
        _tagCharacters += characters;
        if (_tagCharacters > _tagCharactersMax)
            throw new InvalidDataException($"One tag is longer than {_tagCharactersMax} characters.");
    }

    /// <summary>Takes up to the '&gt;' that comes after the two characters given ('\0' stands for any).</summary>
    private int TakeUntil(ReadOnlySpan<char> run, char first, char second)
    {
        var close = run.IndexOf('>');
        var taken = close < 0 ? run.Length : close + 1;
        var before = run[..(close < 0 ? taken : close)];
        Remember(before);
        if (close >= 0 && (first == '\0' || _beforeLast == first) && _last == second) _place = Place.Text;
        else if (close >= 0) Remember(">");
        return taken;
    }

    private void Remember(ReadOnlySpan<char> run)
    {
        if (run.Length == 0) return;
        _beforeLast = run.Length > 1 ? run[^2] : _last;
        _last = run[^1];
    }
}
