using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Broker.Connectors.Ndjson;

/// <summary>Finds the members of one line after another; their texts are made only when they are asked for.</summary>
/// <remarks>A line that is more than a few plain members (nested values, escapes in names, very many members, or the same name twice) is first shown to
/// <see cref="JsonDocument"/>, which looks for doubled names everywhere: it alone says what is wrong with it.</remarks>
internal sealed class NdjsonMembers
{
    private const int PlainMembersMax = 32;
    private const int DepthMax = 8;
    private const int RepeatedBytesMax = 64;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = DepthMax };
    private static readonly JsonReaderOptions Reading = new() { MaxDepth = DepthMax };

    private static readonly byte[][] Names =
    [
        "id"u8.ToArray(), "user_id"u8.ToArray(), "kind"u8.ToArray(), "visibility"u8.ToArray(), "created_at"u8.ToArray(), "language"u8.ToArray(),
        "title"u8.ToArray(), "text"u8.ToArray(), "target_id"u8.ToArray(), "licence"u8.ToArray(), "attribution"u8.ToArray(),
    ];

    private readonly Value[] _values = new Value[Names.Length];
    private readonly (byte[] Bytes, string Text)[] _last = [.. Names.Select(_ => (Array.Empty<byte>(), ""))];
    private readonly Range[] _seen = new Range[PlainMembersMax];
    private ReadOnlyMemory<byte> _line;
    private string _language = "";
    private string? _normalised = "";

    private readonly record struct Value(JsonTokenType Type, int Start, int Length, bool IsEscaped);

    /// <summary>Takes a line.</summary>
    /// <returns>Whether it is an object; else it is other JSON.</returns>
    /// <exception cref="JsonException">It is not JSON, or names a member twice.</exception>
    /// <exception cref="InvalidOperationException">A member's name is no text.</exception>
    public bool Read(ReadOnlyMemory<byte> line)
    {
        _line = line;
        if (FindPlain()) return true;
        JsonDocument.Parse(line, Strict).Dispose();
        return Find();
    }

    /// <summary>A member's text: empty when it is absent or null, and null when it is something else than text.</summary>
    public string? Text(NdjsonMember member)
    {
        var value = _values[(int)member];
        if (value.Type is JsonTokenType.None or JsonTokenType.Null) return "";
        if (value.Type != JsonTokenType.String) return null;
        var bytes = _line.Span.Slice(value.Start, value.Length);
        if (value.IsEscaped) return Unescaped(_line.Span.Slice(value.Start - 1, value.Length + 2));
        if (bytes.Length > RepeatedBytesMax || !IsRepeated(member)) return Decoded(bytes);
        ref var last = ref _last[(int)member];
        if (bytes.SequenceEqual(last.Bytes)) return last.Text;
        if (Decoded(bytes) is not { } text) return null;
        last = (bytes.ToArray(), text);
        return text;
    }

    /// <summary>The language as records carry it; null when it is none.</summary>
    public string? Language()
    {
        if (Text(NdjsonMember.Language) is not { } language) return null;
        if (ReferenceEquals(language, _language)) return _normalised;
        (_language, _normalised) = (language, LanguageTag.Normalise(language));
        return _normalised;
    }

    /// <summary>Whether many lines say the same: then its text is made once.</summary>
    private static bool IsRepeated(NdjsonMember member) =>
        member is NdjsonMember.Kind or NdjsonMember.Visibility or NdjsonMember.Language or NdjsonMember.Licence or NdjsonMember.Attribution;

    private bool FindPlain()
    {
        Array.Clear(_values);
        var reader = new Utf8JsonReader(_line.Span, Reading);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
        var count = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (count == PlainMembersMax || reader.ValueIsEscaped || !Ascii.IsValid(reader.ValueSpan)) return false;
            var start = (int)reader.TokenStartIndex + 1;
            if (IsSeen(reader.ValueSpan, count)) return false;
            _seen[count++] = new Range(start, start + reader.ValueSpan.Length);
            var member = MemberOf(reader);
            if (!reader.Read() || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) return false;
            Keep(member, reader);
        }

        while (reader.Read()) { } // throws where something follows
        return true;
    }

    private bool IsSeen(ReadOnlySpan<byte> name, int count)
    {
        foreach (var seen in _seen.AsSpan(0, count))
            if (_line.Span[seen].SequenceEqual(name))
                return true;
        return false;
    }

    private bool Find()
    {
        Array.Clear(_values);
        var reader = new Utf8JsonReader(_line.Span, Reading);
        reader.Read();
        var isObject = reader.TokenType == JsonTokenType.StartObject;
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || !isObject || reader.CurrentDepth != 1) continue;
            var member = MemberOf(reader);
            reader.Read();
            Keep(member, reader);
            reader.Skip();
        }

        return isObject;
    }

    private void Keep(int member, in Utf8JsonReader reader)
    {
        if (member >= 0) _values[member] = new Value(reader.TokenType, (int)reader.TokenStartIndex + 1, reader.ValueSpan.Length, reader.ValueIsEscaped);
    }

    private static int MemberOf(in Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            var name = reader.ValueSpan;
            for (var index = 0; index < Names.Length; index++)
                if (name.SequenceEqual(Names[index]))
                    return index;
            return -1;
        }

        for (var index = 0; index < Names.Length; index++)
            if (reader.ValueTextEquals(Names[index]))
                return index;
        return -1;
    }

    private static string? Decoded(ReadOnlySpan<byte> bytes) => Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;

    private static string? Unescaped(ReadOnlySpan<byte> quoted)
    {
        var reader = new Utf8JsonReader(quoted);
        reader.Read();
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // half a surrogate pair, or bytes that are not UTF-8: no text
        }
    }
}
