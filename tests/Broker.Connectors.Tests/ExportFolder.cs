using System.Text;
using Broker.Domain.Platforms;

namespace Broker.Connectors.Tests;

/// <summary>A folder of its own for one test's files.</summary>
internal sealed class ExportFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("broker-connectors-");

    public string Path => _folder.FullName;

    public string Write(string name, string content) => Write(name, Encoding.UTF8.GetBytes(content));

    public string Write(string name, byte[] content)
    {
        var path = System.IO.Path.Combine(Path, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    public static IReadOnlyList<SourceItem> Read(string format, string content, ConnectorOptions? options = null) =>
        Read(format, Encoding.UTF8.GetBytes(content), options);

    public static IReadOnlyList<SourceItem> Read(string format, byte[] content, ConnectorOptions? options = null)
    {
        using var folder = new ExportFolder();
        return [.. Connectors.Open(format, folder.Write("export", content), options).Read()];
    }

    public static ConnectorException Fault(string format, string content) => Fault(format, Encoding.UTF8.GetBytes(content));

    public static ConnectorException Fault(string format, byte[] content) =>
        Assert.Throws<ConnectorException>(() => Read(format, content));

    public void Dispose() => _folder.Delete(recursive: true);
}

internal static class Items
{
    public static IEnumerable<SourceRecord> Records(this IEnumerable<SourceItem> items) =>
        items.Select(item => item.Record).OfType<SourceRecord>();

    /// <summary>Refusals by reason, as in an import's report.</summary>
    public static Dictionary<ImportRefusal, int> Refusals(this IEnumerable<SourceItem> items) =>
        items.Where(item => item.Refused is not null).CountBy(item => item.Refused!.Value).ToDictionary();
}
