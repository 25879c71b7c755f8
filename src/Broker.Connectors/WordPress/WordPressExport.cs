using System.Xml;
using Broker.Connectors.Xml;
using Broker.Domain.Platforms;

namespace Broker.Connectors.WordPress;

/// <summary>A WordPress export (WXR): published posts and pages without a password, and approved comments under them.</summary>
/// <remarks>Elements are taken by name from an allow-list; e-mail and IP addresses are on none, so they are never read.</remarks>
internal static class WordPressExport
{
    private const string Advice = "Name the file that WordPress' Tools › Export wrote.";
    private const string WordPressSpace = "wordpress.org/export/";

    /// <summary>Reads posts and comments in the file's order; disposes the stream.</summary>
    public static IEnumerable<SourceItem> Read(Stream stream, ConnectorOptions options, string file)
    {
        using var xml = new ExportXml(stream, file, options.ValueCharactersMax);
        xml.ReadRoot(Advice, "rss");
        var site = new WordPressSite(options);
        while (xml.Read())
        {
            if (xml.Node.NodeType != XmlNodeType.Element) continue;
            if (xml.Node is { Depth: 1, LocalName: "channel" }) continue;
            if (xml.Node is { Depth: 2, LocalName: "item" })
            {
                if (!site.IsExport) throw xml.Fault("This is an RSS feed, not a WordPress export.", Advice);
                foreach (var item in ReadItem(xml, site)) yield return item;
            }
            else
            {
                ReadHead(xml, site);
            }
        }
        if (!site.IsExport) throw xml.Fault("This is an RSS file without a WordPress export in it.", Advice);
    }

    /// <summary>Whether the element is WordPress' own: the name space has come with http and https, and with versions 1.0 to 1.2.</summary>
    internal static bool IsWordPress(XmlReader node) =>
        node.NamespaceURI.Contains(WordPressSpace, StringComparison.Ordinal) && !node.NamespaceURI.Contains("excerpt", StringComparison.Ordinal);

    private static void ReadHead(ExportXml xml, WordPressSite site)
    {
        switch (xml.Node.LocalName)
        {
            case "wxr_version" when IsWordPress(xml.Node): site.IsExport = true; xml.SkipElement(); break;
            case "language" when xml.Node.NamespaceURI.Length == 0: site.SetLanguage(xml.ReadText()); break;
            case "author" when IsWordPress(xml.Node): ReadAuthor(xml, site); break;
            default: xml.SkipElement(); break;
        }
    }

    private static void ReadAuthor(ExportXml xml, WordPressSite site)
    {
        string? login = null, name = null;
        long? number = null;
        var depth = xml.Node.Depth;
        while (xml.ReadChild(depth))
        {
            switch (xml.Node.LocalName)
            {
                case "author_login": login = xml.ReadText(); break;
                case "author_display_name": name = xml.ReadText(); break;
                case "author_id": number = SourceNumber.ReadPositive(xml.ReadText()); break;
                default: xml.SkipElement(); break;
            }
        }
        if (site.AddAuthor(login, name, number) is { } fault) throw xml.Fault(fault, Advice);
    }

    /// <summary>Reads an item: its own fields first, then its comments one at a time, however many they are.</summary>
    private static IEnumerable<SourceItem> ReadItem(ExportXml xml, WordPressSite site)
    {
        site.HeadIsOver = true;
        var post = new WordPressPost();
        var told = false;
        var depth = xml.Node.Depth;
        while (xml.ReadChild(depth))
        {
            if (!(xml.Node.LocalName == "comment" && IsWordPress(xml.Node)))
            {
                if (post.Take(xml) && told) throw xml.Fault("A post's own fields come after its comments.", Advice);
                continue;
            }
            if (!told) yield return post.ToItem(site);
            told = true;
            yield return WordPressComment.Read(xml).ToItem(site, post);
        }
        if (!told) yield return post.ToItem(site);
    }
}
