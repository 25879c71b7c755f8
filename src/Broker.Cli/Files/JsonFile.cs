using System.Globalization;
using System.Text.Json;
using Broker.Cli.Output;

namespace Broker.Cli.Files;

/// <summary>A JSON file that is read field by field; every fault is remembered, and told at once.</summary>
internal sealed class JsonFile
{
    private const long BytesMax = 1 << 20; // a contract of a thousand datasets and languages is a tenth of it

    private readonly List<FieldFault> _faults = [];

    private JsonFile(string path) => Path = path;

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>Reads what a file says.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Reads the fields of the document, an object.</param>
    /// <exception cref="CliException">It is missing, larger than a mebibyte, no JSON, or has wrong fields.</exception>
    public static T Read<T>(string path, Func<JsonFields, T> read)
    {
        var bytes = BytesOf(path);
        return Read(path, bytes, read);
    }

    /// <summary>Reads what bytes say.</summary>
    /// <param name="path">What errors call them.</param>
    /// <param name="utf8">The document.</param>
    /// <param name="read">Reads its fields.</param>
    /// <exception cref="CliException">They are no JSON, or have wrong fields.</exception>
    public static T Read<T>(string path, ReadOnlySpan<byte> utf8, Func<JsonFields, T> read)
    {
        var file = new JsonFile(path);
        var root = file.Parse(utf8);
        if (root.Kind != JsonValueKind.Object) file.Fault(root.Line, "", "an object is needed: { ... }");
        var fields = new JsonFields(file, root, "");
        var value = read(fields);
        fields.RefuseUnknown();
        return file._faults.Count == 0 ? value : throw file.ToException($"{path} cannot be used: {Plural(file._faults.Count)}.");
    }

    /// <summary>Remembers a fault.</summary>
    public void Fault(int line, string field, string description)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"{Path}:{line}");
        _faults.Add(new FieldFault(field.Length == 0 ? place : $"{place}: {field}", description));
    }

    private static byte[] BytesOf(string path)
    {
        var length = new FileInfo(path) is { Exists: true } file ? file.Length : throw new FileNotFoundException($"There is no file {path}.");
        if (length > BytesMax) throw new CliException(new CliError(ExitCode.DataError, "FILE_UNUSABLE", $"{path} has {Amount.Of(length)} bytes; such a file has at most {Amount.Of(BytesMax)}."));
        return File.ReadAllBytes(path);
    }

    private LocatedJson Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return LocatedJson.Parse(utf8);
        }
        catch (LocatedJsonException wrong)
        {
            Fault(wrong.Line, "", wrong.Message);
            throw ToException($"{Path} is no JSON.");
        }
    }

    private CliException ToException(string message) => new(new CliError(ExitCode.DataError, "FILE_UNUSABLE", message) { Fields = _faults });

    private static string Plural(int count) => count == 1 ? "one field is wrong" : $"{count} fields are wrong";
}
