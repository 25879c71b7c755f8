using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Xml;
using Broker.Benchmarks.Comparisons;
using Broker.Benchmarks.Nodes;
using Broker.Cli.Imports;
using Broker.Connectors;
using Broker.Domain.Platforms;
using Record = Broker.Protos.V1.Record;

namespace Broker.Benchmarks.Intake;

/// <summary>An export read, sent and taken in, up to its flushed segments; and the same file only parsed. In megabytes for each second of processor time, which is what one core does:
/// connector, wire and node run in this process, and nothing else.</summary>
internal sealed class Exports(BenchNode node)
{
    private const int Rows = 40_000;
    private const int BufferBytes = 1 << 20;

    private static readonly string Words = string.Join(' ', Enumerable.Range(0, 60).Select(word => $"word{word * 37 % 61}")); // some 400 bytes

    private int _exports;

    /// <summary>Each of them.</summary>
    public IEnumerable<Comparison> Comparisons()
    {
        const string Alone = "its bytes parsed alone";
        yield return new("ingest of NDJSON, one core, without tokens", $"{Alone} (`Utf8JsonReader`)", "MB/s", Reach.AtLeast(0.3), _ => IngestAsync(ConnectorFormat.Ndjson, WriteNdjson), _ => ParseAsync(WriteNdjson, ParseJson));
        yield return new("ingest of XML, one core, without tokens", $"{Alone} (`XmlReader`)", "MB/s", Reach.AtLeast(0.6), _ => IngestAsync(ConnectorFormat.StackExchange, WriteXml), _ => ParseAsync(WriteXml, ParseXml));
    }

    private async Task<double> IngestAsync(string format, Action<string, int> write)
    {
        var path = Path.Combine(node.Root, "Posts.xml");
        write(path, _exports++);
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var report = await node.Calls.ImportAsync(Connectors.Connectors.Open(format, path).Read().Select(RecordOf));
        var spent = Process.GetCurrentProcess().TotalProcessorTime - before;
        if (report.AddedCount != Rows) throw new BooksException($"{report.AddedCount} of {Rows} records were added.");
        return RateOf(path, spent);
    }

    private Task<double> ParseAsync(Action<string, int> write, Func<string, int> parse)
    {
        var path = Path.Combine(node.Root, "Parsed");
        write(path, _exports++);
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var rows = parse(path);
        var spent = Process.GetCurrentProcess().TotalProcessorTime - before;
        if (rows != Rows) throw new BooksException($"{rows} of {Rows} rows were parsed.");
        return Task.FromResult(RateOf(path, spent));
    }

    private static double RateOf(string path, TimeSpan spent) => new FileInfo(path).Length / spent.TotalSeconds / 1e6;

    private static Record RecordOf(SourceItem item) => ImportItems.Of(item).Record ?? throw new BooksException($"A row was refused: {item.Refused}");

    private static void WriteNdjson(string path, int export)
    {
        using var file = new StreamWriter(path);
        for (var row = 0; row < Rows; row++)
            file.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"id\":\"j{export}-{row}\",\"user_id\":\"writer-{row % 2_000}\",\"kind\":\"post\",\"visibility\":\"public\",\"created_at\":\"2021-01-01T00:00:00Z\",\"language\":\"en\",\"title\":\"About {row}\",\"text\":\"{Words}\"}}"));
    }

    private static void WriteXml(string path, int export)
    {
        using var file = new StreamWriter(path);
        file.WriteLine("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<posts>");
        for (var row = 0; row < Rows; row++)
            file.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  <row Id=\"{((export + 1) * Rows) + row}\" PostTypeId=\"1\" CreationDate=\"2021-01-01T00:00:00.000\" Score=\"3\" OwnerUserId=\"{(row % 2_000) + 1}\" Title=\"About {row}\" Body=\"&lt;p&gt;{Words}&lt;/p&gt;\" ContentLicense=\"CC BY-SA 4.0\" />"));
        file.WriteLine("</posts>");
    }

    private static int ParseJson(string path)
    {
        var rows = 0;
        var reader = new Utf8JsonReader(File.ReadAllBytes(path), new JsonReaderOptions { AllowMultipleValues = true });
        while (reader.Read())
            if (reader is { TokenType: JsonTokenType.EndObject, CurrentDepth: 0 })
                rows++;
        return rows;
    }

    private static int ParseXml(string path)
    {
        var rows = 0;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);
        using var reader = XmlReader.Create(file);
        while (reader.Read())
        {
            if (reader.NodeType != XmlNodeType.Element || reader.LocalName != "row") continue;
            for (var attribute = 0; attribute < reader.AttributeCount; attribute++) reader.GetAttribute(attribute);
            rows++;
        }

        return rows;
    }
}
