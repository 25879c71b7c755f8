using System.Text;
using System.Text.Json;

namespace Broker.Cli.Files;

/// <summary>A JSON value that knows its line, so that whoever finds it wrong can say where.</summary>
/// <param name="Line">The line where it begins, from 1.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Text">A string's characters, or a number's digits as they stand; empty for others.</param>
/// <param name="Members">An object's members, each name once, in the file's order.</param>
/// <param name="Items">An array's items.</param>
internal sealed record LocatedJson(
    int Line, JsonValueKind Kind, string Text, IReadOnlyList<KeyValuePair<string, LocatedJson>> Members, IReadOnlyList<LocatedJson> Items)
{
    /// <summary>Reads a whole document of strict JSON.</summary>
    /// <exception cref="LocatedJsonException">It is none, or an object names a member twice.</exception>
    public static LocatedJson Parse(ReadOnlySpan<byte> utf8)
    {
        if (utf8.StartsWith(Encoding.UTF8.Preamble)) utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        var lines = new LineCounter(utf8);
        var reader = new Utf8JsonReader(utf8);
        try
        {
            reader.Read();
            var value = Read(ref reader, ref lines);
            reader.Read(); // anything after the value throws here
            return value;
        }
        catch (JsonException wrong)
        {
            throw new LocatedJsonException((int)(wrong.LineNumber ?? 0) + 1, Sentence(wrong));
        }
    }

    private static LocatedJson Read(ref Utf8JsonReader reader, ref LineCounter lines)
    {
        var line = lines.At(reader.TokenStartIndex);
        return reader.TokenType switch
        {
            JsonTokenType.StartObject => new(line, JsonValueKind.Object, "", ReadMembers(ref reader, ref lines), []),
            JsonTokenType.StartArray => new(line, JsonValueKind.Array, "", [], ReadItems(ref reader, ref lines)),
            JsonTokenType.String => new(line, JsonValueKind.String, TextOf(ref reader, line), [], []),
            JsonTokenType.Number => new(line, JsonValueKind.Number, Encoding.ASCII.GetString(reader.ValueSpan), [], []),
            JsonTokenType.True => new(line, JsonValueKind.True, "", [], []),
            JsonTokenType.False => new(line, JsonValueKind.False, "", [], []),
            _ => new(line, JsonValueKind.Null, "", [], []),
        };
    }

    private static List<KeyValuePair<string, LocatedJson>> ReadMembers(ref Utf8JsonReader reader, ref LineCounter lines)
    {
        var members = new List<KeyValuePair<string, LocatedJson>>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var line = lines.At(reader.TokenStartIndex);
            var name = TextOf(ref reader, line);
            if (!names.Add(name)) throw new LocatedJsonException(line, $"\"{name}\" is named twice");
            reader.Read();
            members.Add(new(name, Read(ref reader, ref lines)));
        }

        return members;
    }

    private static string TextOf(ref Utf8JsonReader reader, int line)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new LocatedJsonException(line, "a string is no Unicode text"); // broken UTF-8, or half a surrogate pair
        }
    }

    private static List<LocatedJson> ReadItems(ref Utf8JsonReader reader, ref LineCounter lines)
    {
        var items = new List<LocatedJson>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) items.Add(Read(ref reader, ref lines));
        return items;
    }

    // The framework goes on with advice to programmers, and its own count of lines, from 0.
    private static string Sentence(JsonException wrong)
    {
        var end = wrong.Message.IndexOf(". ", StringComparison.Ordinal);
        return (end < 0 ? wrong.Message : wrong.Message[..end]).TrimEnd('.');
    }

    /// <summary>Counts lines up to places that are asked for in ascending order.</summary>
    private ref struct LineCounter(ReadOnlySpan<byte> utf8)
    {
        private readonly ReadOnlySpan<byte> _utf8 = utf8;
        private int _place;
        private int _line = 1;

        public int At(long place)
        {
            _line += _utf8[_place..(int)place].Count((byte)'\n');
            _place = (int)place;
            return _line;
        }
    }
}

/// <summary>A file is no JSON.</summary>
/// <param name="line">The line, from 1.</param>
/// <param name="message">What is wrong there.</param>
internal sealed class LocatedJsonException(int line, string message) : Exception(message)
{
    /// <summary>The line, from 1.</summary>
    public int Line { get; } = line;
}
