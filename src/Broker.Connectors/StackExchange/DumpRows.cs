using System.Xml;
using Broker.Connectors.Xml;

namespace Broker.Connectors.StackExchange;

/// <summary>Reads the rows of a dump's file: one root, and under it <c>row</c> elements that are all attributes.</summary>
internal static class DumpRows
{
    private const string Advice = "Name the dump's Posts.xml, or the directory that holds it.";

    /// <summary>Reads row after row into the same <see cref="DumpRow"/>.</summary>
    public static IEnumerable<DumpRow> Read(Stream stream, string file, string root, ConnectorOptions options)
    {
        using var xml = new ExportXml(stream, file, options.ValueCharactersMax);
        xml.ReadRoot(Advice, root);
        var row = new DumpRow();
        while (xml.Read())
        {
            if (xml.Node.NodeType is XmlNodeType.EndElement or XmlNodeType.None) continue;
            if (xml.Node is not { NodeType: XmlNodeType.Element, LocalName: "row", Depth: 1 })
                throw xml.Fault($"There is something else than a row in <{root}>.", Advice);
            row.Take(xml.Node);
            yield return row;
        }
    }
}
