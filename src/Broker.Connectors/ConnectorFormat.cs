namespace Broker.Connectors;

/// <summary>The names of the formats that can be read.</summary>
public static class ConnectorFormat
{
    /// <summary>A Stack Exchange data dump: <c>Posts.xml</c>, or a directory that holds it.</summary>
    public const string StackExchange = "stackexchange";

    /// <summary>A WordPress export file (WordPress eXtended RSS).</summary>
    public const string Wxr = "wxr";

    /// <summary>One JSON object a line, for platforms that write their own export.</summary>
    public const string Ndjson = "ndjson";

    /// <summary>Every name, in the order in which they are offered to people.</summary>
    public static IReadOnlyList<string> All { get; } = [StackExchange, Wxr, Ndjson];
}
