using Broker.Domain.Platforms;

namespace Broker.Connectors.StackExchange;

/// <summary><c>Comments.xml</c>.</summary>
internal static class StackExchangeComments
{
    private const string Prefix = "comment-";

    /// <summary>Reads the comments; disposes the stream.</summary>
    public static IEnumerable<SourceItem> Read(Stream stream, ConnectorOptions options, UserIndex? users, string file)
    {
        var owners = new Owners(options, users);
        return DumpRows.Read(stream, file, "comments", options).Select(row => ToItem(row, owners));
    }

    private static SourceItem ToItem(DumpRow row, Owners owners)
    {
        if (owners.Id(Prefix, row.Id) is not { } id) return SourceItem.Refuse(ImportRefusal.NoId, null);
        if (row.Deleted) return SourceItem.Refuse(ImportRefusal.Deleted, id);
        if (!owners.Has(row)) return SourceItem.Refuse(ImportRefusal.NoOwner, id);
        if (row.Target is null) return SourceItem.Refuse(ImportRefusal.InvalidValue, id);
        return owners.Admit(row, Prefix, RecordKind.Comment, hasWords: true);
    }
}
