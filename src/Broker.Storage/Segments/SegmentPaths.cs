using Broker.Grains.Segments;

namespace Broker.Storage.Segments;

/// <summary>Where segments lie: <c>{root}/{platform}/{dataset}/{id}.arrow</c>, and beside each its ids, <c>{id}.ids</c>.</summary>
internal static class SegmentPaths
{
    public const string RowsSuffix = ".arrow";
    public const string IdsSuffix = ".ids";

    public static string DirectoryOf(string root, string platform, string dataset) => Path.Combine(root, Safe(platform), Safe(dataset));

    public static string RowsOf(string root, SegmentRef segment) => RowsOf(root, segment.Platform, segment.Dataset, segment.Id);

    public static string RowsOf(string root, string platform, string dataset, string id) =>
        Path.Combine(DirectoryOf(root, platform, dataset), Safe(id) + RowsSuffix);

    public static string IdsOf(string root, string platform, string dataset, string id) =>
        Path.Combine(DirectoryOf(root, platform, dataset), Safe(id) + IdsSuffix);

    /// <summary>Names come from resource names (letters, digits, dots, dashes); anything else must not become a path.</summary>
    private static string Safe(string name) =>
        name.Length > 0 && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? name
            : throw new ArgumentException($"'{name}' cannot name a file.", nameof(name));
}
