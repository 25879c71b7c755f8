using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Broker.Client.Pulls;
using Broker.Protos.V1;

namespace Broker.Client.Files;

/// <summary>One JSON object a line, UTF-8: <c>id</c>, <c>dataset</c>, <c>kind</c>, <c>created_at</c> (RFC 3339, UTC, milliseconds), and where
/// they are not empty <c>author</c>, <c>language</c>, <c>title</c>, <c>text</c>, <c>target_id</c>, <c>licence</c>, <c>attribution</c>.</summary>
internal sealed class NdjsonSlices : ISliceFiles
{
    // Readable in any script; a line goes into a file, never into a web page.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <inheritdoc/>
    public string Extension => ".ndjson";

    /// <inheritdoc/>
    public void Write(Stream file, string deal, ReceivedSlice slice)
    {
        using var writer = new Utf8JsonWriter(file, Readable);
        foreach (var batch in slice.Batches)
            foreach (var record in batch.Records)
            {
                Write(writer, batch.Dataset, record);
                writer.Flush();
                file.WriteByte((byte)'\n');
                writer.Reset();
            }
    }

    /// <inheritdoc/>
    public IReadOnlySet<RecordKey> CopyWithout(Stream from, Stream to, IReadOnlySet<RecordKey> recalled)
    {
        var found = new HashSet<RecordKey>();
        using var reader = new StreamReader(from, Utf8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        using var writer = new StreamWriter(to, Utf8, leaveOpen: true) { NewLine = "\n" };
        for (var number = 1L; reader.ReadLine() is { } line; number++)
        {
            var key = KeyOf(line, number);
            if (recalled.Contains(key)) found.Add(key);
            else writer.WriteLine(line);
        }

        return found;
    }

    private static void Write(Utf8JsonWriter writer, string dataset, Record record)
    {
        writer.WriteStartObject();
        writer.WriteString("id", record.Id);
        writer.WriteString("dataset", dataset);
        writer.WriteString("kind", RecordKinds.NameOf(record.Kind));
        writer.WriteString("created_at", DateTimeOffset.FromUnixTimeMilliseconds(record.CreateTimeMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        WriteUnlessEmpty(writer, "author", record.Author);
        WriteUnlessEmpty(writer, "language", record.Language);
        WriteUnlessEmpty(writer, "title", record.Title);
        WriteUnlessEmpty(writer, "text", record.Text);
        WriteUnlessEmpty(writer, "target_id", record.TargetId);
        WriteUnlessEmpty(writer, "licence", record.Licence);
        WriteUnlessEmpty(writer, "attribution", record.Attribution);
        writer.WriteEndObject();
    }

    private static void WriteUnlessEmpty(Utf8JsonWriter writer, string name, string value)
    {
        if (value.Length > 0) writer.WriteString(name, value);
    }

    private static RecordKey KeyOf(string line, long number)
    {
        try
        {
            using var row = JsonDocument.Parse(line);
            return new(row.RootElement.GetProperty("dataset").GetString()!, row.RootElement.GetProperty("id").GetString()!);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"Line {number} is not a record as it was written: {error.Message}", error);
        }
    }
}
