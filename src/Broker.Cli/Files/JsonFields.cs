using System.Globalization;
using System.Text.Json;
using Broker.Cli.Output;
using Google.Protobuf.WellKnownTypes;

namespace Broker.Cli.Files;

/// <summary>Reads one object's fields. A reader answers a stand-in where a field is wrong; the file tells all faults in the end.</summary>
/// <param name="file">Remembers faults.</param>
/// <param name="value">The object.</param>
/// <param name="path">Its own name in the file; empty for the document.</param>
internal sealed class JsonFields(JsonFile file, LocatedJson value, string path)
{
    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>A text; empty where it is absent.</summary>
    public string Text(string name, bool isRequired = true) => Find(name, JsonValueKind.String, "a string", isRequired)?.Text ?? "";

    /// <summary>True or false; false where it is absent.</summary>
    public bool Flag(string name)
    {
        if (Find(name) is not { } found) return false;
        if (found.Kind is not (JsonValueKind.True or JsonValueKind.False)) Fault(found, name, "true or false is needed");
        return found.Kind == JsonValueKind.True;
    }

    /// <summary>A whole number; 0 where it is absent.</summary>
    public long Whole(string name, bool isRequired = true)
    {
        if (Find(name, JsonValueKind.Number, "a whole number", isRequired) is not { } found) return 0;
        if (long.TryParse(found.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return number;
        Fault(found, name, found.Text.All(letter => char.IsAsciiDigit(letter) || letter == '-')
            ? $"too large: at most {Amount.Of(long.MaxValue)}"
            : "a whole number is needed, without point or exponent");
        return 0;
    }

    /// <summary>Micro-units of a decimal number in a string.</summary>
    public long Micros(string name)
    {
        if (Find(name, JsonValueKind.String, "a decimal number in a string, like \"0.0015\",", isRequired: true) is not { } found) return 0;
        if (Amount.ParseMicros(found.Text, out var micros) is { } fault) Fault(found, name, fault);
        return micros;
    }

    /// <summary>A time with its offset; null where it is absent.</summary>
    public Timestamp? Time(string name, bool isRequired)
    {
        if (Find(name, JsonValueKind.String, "a time", isRequired) is not { } found) return null;
        if (TryTime(found.Text) is { } time) return time.ToTimestamp();
        Fault(found, name, "a time is needed, like 2026-01-31T00:00:00Z or 2026-01-31T00:00:00-05:00");
        return null;
    }

    /// <summary>A length of time (<c>24h</c>); null where it is absent.</summary>
    public Duration? Length(string name)
    {
        if (Find(name, JsonValueKind.String, "a length of time", isRequired: false) is not { } found) return null;
        if (Commands.Durations.Parse(found.Text) is { } length) return length.ToDuration();
        Fault(found, name, "a length of time is needed: a whole number and s, m, h or d, like 24h");
        return null;
    }

    /// <summary>One word of an enum.</summary>
    public T Word<T>(string name)
        where T : struct, System.Enum =>
        Find(name, JsonValueKind.String, "a word", isRequired: true) is { } found ? WordOf<T>(found, name) : default;

    /// <summary>Words of an enum; none where they are absent.</summary>
    public IReadOnlyList<T> WordList<T>(string name, bool isRequired)
        where T : struct, System.Enum =>
        [.. ItemsOf(name, JsonValueKind.String, "words", isRequired).Select(item => WordOf<T>(item.Value, item.Name))];

    /// <summary>Texts; none where they are absent.</summary>
    public IReadOnlyList<string> TextList(string name, bool isRequired) => [.. ItemsOf(name, JsonValueKind.String, "strings", isRequired).Select(item => item.Value.Text)];

    /// <summary>What an object says; the stand-in where it is absent.</summary>
    public T Object<T>(string name, Func<JsonFields, T> read, T standIn) =>
        Find(name, JsonValueKind.Object, "an object", isRequired: true) is { } found ? Read(found, name, read) : standIn;

    /// <summary>What objects say; none where they are absent.</summary>
    public IReadOnlyList<T> ObjectList<T>(string name, Func<JsonFields, T> read) =>
        [.. ItemsOf(name, JsonValueKind.Object, "objects", isRequired: false).Select(item => Read(item.Value, item.Name, read))];

    /// <summary>Finds fields that nobody asked for: most are typing errors.</summary>
    public void RefuseUnknown()
    {
        foreach (var (name, member) in value.Members)
            if (!_known.Contains(name))
                Fault(member, name, $"no such field here; there are: {string.Join(", ", _known)}");
    }

    /// <summary>A time of RFC 3339 with its offset, or null.</summary>
    public static DateTimeOffset? TryTime(string text) =>
        DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;

    private T Read<T>(LocatedJson found, string name, Func<JsonFields, T> read)
    {
        var fields = new JsonFields(file, found, NameOf(name));
        var result = read(fields);
        fields.RefuseUnknown();
        return result;
    }

    private T WordOf<T>(LocatedJson found, string name)
        where T : struct, System.Enum
    {
        if (Words.Parse<T>(found.Text) is { } known) return known;
        Fault(found, name, $"{found.Text} is none of: {string.Join(", ", Words.All<T>())}");
        return default;
    }

    private IEnumerable<(LocatedJson Value, string Name)> ItemsOf(string name, JsonValueKind kind, string what, bool isRequired)
    {
        if (Find(name, JsonValueKind.Array, $"a list of {what}", isRequired) is not { } found) yield break;
        foreach (var (index, item) in found.Items.Index())
        {
            var itemName = string.Create(CultureInfo.InvariantCulture, $"{name}[{index}]");
            if (item.Kind == kind) yield return (item, itemName);
            else Fault(item, itemName, $"{what} are needed here");
        }
    }

    private LocatedJson? Find(string name, JsonValueKind kind, string what, bool isRequired)
    {
        var found = Find(name);
        if (found is null && isRequired) file.Fault(value.Line, NameOf(name), $"{what} is needed, and missing");
        if (found is null || found.Kind == kind) return found;
        Fault(found, name, $"{what} is needed");
        return null;
    }

    private LocatedJson? Find(string name)
    {
        _known.Add(name);
        foreach (var (key, found) in value.Members)
            if (key == name)
                return found;
        return null;
    }

    private void Fault(LocatedJson at, string name, string description) => file.Fault(at.Line, NameOf(name), description);

    private string NameOf(string name) => path.Length == 0 ? name : $"{path}.{name}";
}
