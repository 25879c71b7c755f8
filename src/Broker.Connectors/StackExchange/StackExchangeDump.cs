using Broker.Domain.Platforms;

namespace Broker.Connectors.StackExchange;

/// <summary>The files of one site's dump, read one after another.</summary>
internal static class StackExchangeDump
{
    private const string Posts = "Posts.xml", Users = "Users.xml", Comments = "Comments.xml", Votes = "Votes.xml";

    /// <summary>Opens a <c>Posts.xml</c> alone, or a directory that holds it.</summary>
    public static SourceExport Open(string path, ConnectorOptions options)
    {
        var whole = Directory.Exists(path);
        var posts = whole ? Path.Combine(path, Posts) : path;
        if (whole && !File.Exists(posts))
            throw new ConnectorException("The directory holds no Posts.xml.", "Unpack the site's archive (.7z) into it, or name the file.", path);
        var (users, comments, votes) = whole ? (Beside(path, Users), Beside(path, Comments), Beside(path, Votes)) : (null, null, null);
        var bytes = new[] { posts, users, comments, votes }.OfType<string>().Sum(Connectors.LengthOf);
        return new SourceExport(ConnectorFormat.StackExchange, path, bytes, counter => Read(counter, options, posts, users, comments, votes));
    }

    private static string? Beside(string directory, string name) =>
        Path.Combine(directory, name) is var path && File.Exists(path) ? path : null;

    private static IEnumerable<SourceItem> Read(
        ReadCounter counter, ConnectorOptions options, string posts, string? users, string? comments, string? votes)
    {
        using var owners = users is null ? null : UserIndex.Build(counter.Open(users), users, options);
        foreach (var item in StackExchangePosts.Read(counter.Open(posts), options, owners, posts)) yield return item;
        if (comments is not null)
        {
            foreach (var item in StackExchangeComments.Read(counter.Open(comments), options, owners, comments)) yield return item;
        }
        if (votes is not null)
        {
            foreach (var item in StackExchangeVotes.Read(counter.Open(votes), options, owners, votes)) yield return item;
        }
    }
}
