using System.Text.Json;
using Broker.Domain.Platforms;

namespace Broker.Connectors.Ndjson;

/// <summary>A platform's own export: one JSON object a line, in UTF-8, with a record's fields in snake case
/// (<c>id user_id kind created_at language title text target_id licence attribution</c>) and <c>visibility</c>.</summary>
/// <remarks>Members that it does not know are not read. A file that is cut off exactly between two lines cannot be told from
/// a whole one: the format has no end.</remarks>
internal static class NdjsonExport
{
    private const string Advice = "Name a file with one JSON object a line.";
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>Reads the records; disposes the stream.</summary>
    public static IEnumerable<SourceItem> Read(Stream stream, ConnectorOptions options, string file)
    {
        using var disposing = stream;
        var lines = new BoundedLines(stream, options.ValueCharactersMax);
        var members = new NdjsonMembers();
        var looksRight = false;
        while (Next(lines, file))
        {
            var line = Trim(lines);
            if (line.IsEmpty && !lines.Cut) continue;
            looksRight = looksRight || lines.Cut || line.Span[0] == '{' ? true : throw Wrong(file, lines.Number);
            yield return ToItem(members, line, lines, file);
        }
        if (lines.Number == 0) throw new ConnectorException("The file is empty.", "An export without records has at least an empty line; fetch it again.", file);
    }

    private static bool Next(BoundedLines lines, string file)
    {
        try
        {
            return lines.Read();
        }
        catch (IOException e)
        {
            throw new ConnectorException($"The file cannot be read on: {e.Message}", "Check the disk or the connection, and import again.", file, lines.Number + 1, inner: e);
        }
    }

    private static ReadOnlyMemory<byte> Trim(BoundedLines lines)
    {
        var line = lines.Line;
        if (lines.Number == 1 && line.Span.StartsWith(ByteOrderMark)) line = line[ByteOrderMark.Length..];
        return line.Trim(" \t\r"u8);
    }

    private static SourceItem ToItem(NdjsonMembers members, ReadOnlyMemory<byte> line, BoundedLines lines, string file)
    {
        if (lines.Cut) return lines.Ended ? Bad : throw Truncated(file, lines.Number, null);
        try
        {
            return members.Read(line) ? new NdjsonRow(members).ToItem() : Bad;
        }
        catch (JsonException e)
        {
            return lines.Ended ? Bad : throw Truncated(file, lines.Number, e);
        }
        catch (InvalidOperationException)
        {
            return Bad; // a member's name that is no text; the line was whole, or parsing would have failed before
        }
    }

    private static SourceItem Bad => SourceItem.Refuse(ImportRefusal.InvalidValue, null);

    private static ConnectorException Wrong(string file, long line) =>
        new("The first line does not begin with a JSON object.", Advice, file, line, 1);

    private static ConnectorException Truncated(string file, long line, Exception? inner) =>
        new("The last line is not whole.", "The file is cut off; fetch it again.", file, line, inner: inner);
}
