using Broker.Domain.Tokens;
using Broker.Storage.Objects;

namespace Broker.Storage.Segments;

/// <summary>Where segments lie: <c>{platform}/{dataset}/{id}.arrow</c>, and beside each its ids, <c>{id}.ids</c>, and counts of its
/// tokens, <c>{id}.{tokenizer}-{digest}</c>.</summary>
internal static class SegmentKeys
{
    public const string RowsSuffix = ".arrow";
    public const string IdsSuffix = ".ids";

    /// <summary>What the keys of a dataset's segments begin with.</summary>
    public static string FolderOf(string platform, string dataset) => $"{Name(platform)}/{Name(dataset)}/";

    public static ObjectKey RowsOf(string platform, string dataset, string id) => new(FolderOf(platform, dataset) + Name(id) + RowsSuffix);

    public static ObjectKey IdsOf(string platform, string dataset, string id) => new(FolderOf(platform, dataset) + Name(id) + IdsSuffix);

    /// <summary>The name holds the first 8 bytes of the digest: other numbers of the same tokenizer never take the place of those that a log names.</summary>
    public static ObjectKey TokensOf(string platform, string dataset, string id, SegmentTokens tokens) =>
        new($"{TokensPrefixOf(platform, dataset, id, tokens.Tokenizer)}{Convert.ToHexStringLower(tokens.Digest.AsSpan()[..8])}");

    /// <summary>What the keys of a segment's counts by a tokenizer begin with.</summary>
    public static string TokensPrefixOf(string platform, string dataset, string id, string tokenizer) => $"{FolderOf(platform, dataset)}{Name(id)}.{Name(tokenizer)}-";

    /// <summary>Names come from resource names (letters, digits, dots, dashes); anything else must not become a path.</summary>
    private static string Name(string name) =>
        !name.Contains('/') && ObjectKey.IsValid(name) ? name : throw new ArgumentException($"'{name}' cannot name a segment or where it lies.", nameof(name));
}
