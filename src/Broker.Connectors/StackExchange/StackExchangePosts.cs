using Broker.Domain.Platforms;

namespace Broker.Connectors.StackExchange;

/// <summary><c>Posts.xml</c>: questions and answers. Everything else that a dump keeps among the posts (tag wikis, the help
/// centre, nominations) is the site's, not a user's.</summary>
internal static class StackExchangePosts
{
    private const string Prefix = "post-";
    private const long Question = 1, Answer = 2;

    /// <summary>Reads the posts; disposes the stream.</summary>
    public static IEnumerable<SourceItem> Read(Stream stream, ConnectorOptions options, UserIndex? users, string file)
    {
        var owners = new Owners(options, users);
        return DumpRows.Read(stream, file, "posts", options).Select(row => ToItem(row, owners));
    }

    // A closed question stays public, and so does one that was given to the community: both keep their owner.
    private static SourceItem ToItem(DumpRow row, Owners owners)
    {
        if (owners.Id(Prefix, row.Id) is not { } id) return SourceItem.Refuse(ImportRefusal.NoId, null);
        if (row.Type is not (Question or Answer)) return SourceItem.Refuse(ImportRefusal.NotLicensedType, id);
        if (row.Deleted) return SourceItem.Refuse(ImportRefusal.Deleted, id);
        if (!owners.Has(row)) return SourceItem.Refuse(ImportRefusal.NoOwner, id);
        return owners.Admit(row, Prefix, RecordKind.Post, hasWords: true);
    }
}
