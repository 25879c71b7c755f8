using System.Text;
using System.Xml;

namespace Broker.Connectors.Xml;

/// <summary>Reads an export's XML forward, in memory that does not grow with the file: no DTD, no resolver, no entities but
/// XML's own, and bounds on values, tags, names and nesting. What is wrong with the file becomes a
/// <see cref="ConnectorException"/> with its place.</summary>
internal sealed class ExportXml : IDisposable
{
    private const int DepthMax = 32;
    private const int ChunkCharacters = 4_096;
    private readonly string _file;
    private readonly StreamReader _text;
    private readonly XmlReader _xml;
    private readonly char[] _chunk = new char[ChunkCharacters];
    private readonly StringBuilder _value = new();
    private readonly int _valueCharactersMax;
    private readonly Func<bool> _read;
    private readonly Func<int> _readChunk;

    /// <summary>Takes the stream over and disposes it.</summary>
    public ExportXml(Stream stream, string file, int valueCharactersMax)
    {
        _file = file;
        _valueCharactersMax = valueCharactersMax;
        var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        _text = new StreamReader(stream, strict, detectEncodingFromByteOrderMarks: true, bufferSize: 65_536);
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersFromEntities = 1_024,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            IgnoreWhitespace = true,
            CloseInput = true,
            NameTable = new BoundedNames(),
        };
        try
        {
            _xml = Guarded(() => XmlReader.Create(new LongValueCutter(_text, valueCharactersMax), settings)); // it reads already
        }
        catch
        {
            _text.Dispose();
            throw;
        }
        _read = _xml.Read; // made once: they run once a node
        _readChunk = () => _xml.ReadValueChunk(_chunk, 0, _chunk.Length);
    }

    /// <summary>The reader at its present node; for looking, never for moving.</summary>
    public XmlReader Node => _xml;

    /// <summary>Moves on; false at the file's end, which is reached only when every tag has been closed.</summary>
    public bool Read()
    {
        var more = Guarded(_read);
        if (_xml.NodeType == XmlNodeType.XmlDeclaration) CheckEncoding(_xml.GetAttribute("encoding"));
        if (_xml.Depth > DepthMax) throw Fault($"Tags are nested more than {DepthMax} deep.", "Use the file as the platform wrote it.");
        return more;
    }

    /// <summary>Moves to the root element.</summary>
    /// <exception cref="ConnectorException">It is none of <paramref name="names"/>.</exception>
    public void ReadRoot(string advice, params ReadOnlySpan<string> names)
    {
        while (Read() && _xml.NodeType != XmlNodeType.Element) { }
        if (!names.Contains(_xml.LocalName)) throw Fault($"The root element is <{_xml.Name}>, not <{names[0]}>.", advice);
    }

    /// <summary>Reads an element's text up to its end tag, leaving the reader there.</summary>
    /// <returns>The text, or null when it is longer than one value may be (it is skipped whole then).</returns>
    public string? ReadText()
    {
        _value.Clear();
        if (_xml.IsEmptyElement) return "";
        var depth = _xml.Depth;
        var keeps = true;
        while (Read() && _xml.Depth > depth)
        {
            if (_xml.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace) keeps &= TakeChunks();
        }
        return keeps ? _value.ToString() : null;
    }

    /// <summary>Skips the element at which the reader stands, leaving the reader at its end tag.</summary>
    public void SkipElement()
    {
        if (_xml.IsEmptyElement) return;
        var depth = _xml.Depth;
        while (Read() && _xml.Depth > depth) { }
    }

    /// <summary>Moves to the next child of the element at this depth, at which the reader stood, or one of whose children it
    /// has read; false at its end tag.</summary>
    public bool ReadChild(int depth)
    {
        if (_xml.Depth == depth && _xml.IsEmptyElement) return false;
        while (Read() && _xml.Depth > depth)
        {
            if (_xml.NodeType == XmlNodeType.Element) return true;
        }
        return false;
    }

    /// <summary>A fault at the reader's place.</summary>
    public ConnectorException Fault(string what, string advice, Exception? inner = null)
    {
        var (line, column) = inner is XmlException { LineNumber: > 0 } xml
            ? (xml.LineNumber, xml.LinePosition)
            : _xml is IXmlLineInfo info && info.HasLineInfo() ? (info.LineNumber, info.LinePosition) : (0, 0);
        return new ConnectorException(what, advice, _file, line, column, inner);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _xml.Dispose();
        _text.Dispose();
    }

    private bool TakeChunks()
    {
        var keeps = true;
        int count;
        while ((count = Guarded(_readChunk)) > 0)
        {
            keeps &= _value.Length + count <= _valueCharactersMax;
            if (keeps) _value.Append(_chunk, 0, count);
        }
        return keeps;
    }

    private void CheckEncoding(string? declared)
    {
        if (declared is null || declared.Equals("us-ascii", StringComparison.OrdinalIgnoreCase)) return;
        if (_text.CurrentEncoding.WebName.StartsWith(declared, StringComparison.OrdinalIgnoreCase)) return;
        throw Fault($"The file says that it is encoded as {declared}.", "Convert it to UTF-8 first.");
    }

    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (XmlException e) when (e.Message.Contains("DTD", StringComparison.Ordinal))
        {
            throw Fault("The file has a document type definition (DTD), which no platform's export has.", "It is refused, for a DTD can make a reader expand or fetch anything; use the file as the platform wrote it.", e);
        }
        catch (XmlException e)
        {
            throw Fault($"The file is not whole, well-formed XML: {e.Message}", "It may be cut off or damaged; fetch it again, or unpack it if it is an archive.", e);
        }
        catch (DecoderFallbackException e)
        {
            throw Fault("The file has bytes that are not UTF-8.", "It may be an archive that is not unpacked, damaged, or in another encoding: convert it to UTF-8.", e);
        }
        catch (InvalidDataException e)
        {
            throw Fault(e.Message, "No platform writes that; use the file as the platform wrote it.", e);
        }
        catch (IOException e)
        {
            throw Fault($"The file cannot be read on: {e.Message}", "Check the disk or the connection, and import again.", e);
        }
    }
}
