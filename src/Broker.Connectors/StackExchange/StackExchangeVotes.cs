using Broker.Domain.Platforms;

namespace Broker.Connectors.StackExchange;

/// <summary><c>Votes.xml</c>: bookmarks (type 5), the only votes that a dump gives with their user. Dates have day precision.</summary>
internal static class StackExchangeVotes
{
    private const string Prefix = "bookmark-";
    private const long Bookmark = 5;

    /// <summary>Reads the votes; disposes the stream.</summary>
    public static IEnumerable<SourceItem> Read(Stream stream, ConnectorOptions options, UserIndex? users, string file)
    {
        var owners = new Owners(options, users);
        return DumpRows.Read(stream, file, "votes", options).Select(row => ToItem(row, owners));
    }

    // Other votes are refused without an id: a vote never changes its type, so none was held, and nine in ten rows are such.
    private static SourceItem ToItem(DumpRow row, Owners owners)
    {
        if (row.Type != Bookmark) return SourceItem.Refuse(ImportRefusal.NotLicensedType, null);
        if (owners.Id(Prefix, row.Id) is not { } id) return SourceItem.Refuse(ImportRefusal.NoId, null);
        if (!owners.Has(row)) return SourceItem.Refuse(ImportRefusal.NoOwner, id);
        if (row.Target is null) return SourceItem.Refuse(ImportRefusal.InvalidValue, id);
        return owners.Admit(row, Prefix, RecordKind.Bookmark, hasWords: false);
    }
}
