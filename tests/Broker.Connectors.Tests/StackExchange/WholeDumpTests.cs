using Broker.Domain.Platforms;

namespace Broker.Connectors.Tests.StackExchange;

public sealed class WholeDumpTests : IDisposable
{
    private readonly ExportFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private List<SourceItem> Read(ConnectorOptions? options = null) =>
        [.. Connectors.Open(ConnectorFormat.StackExchange, _folder.Path, options).Read()];

    private void WritePosts(params int[] owners) => _folder.Write("Posts.xml",
        $"<posts>{string.Concat(owners.Select((owner, i) => $"<row Id=\"{i + 1}\" PostTypeId=\"1\" CreationDate=\"2014-05-14T08:11:02\" OwnerUserId=\"{owner}\" OwnerDisplayName=\"old\" Body=\"b\"/>"))}</posts>");

    [Fact]
    public void Owners_that_users_no_longer_holds_are_nobody_and_names_come_from_it()
    {
        WritePosts(5, 600_000, 7, 5);
        _folder.Write("Users.xml", "<users><row Id=\"-1\" DisplayName=\"Community\"/><row Id=\"600000\" DisplayName=\"Zoë 😀\"/><row Id=\"5\" DisplayName=\"Ann\"/></users>");

        var items = Read();

        Assert.Equal(["Ann", "Zoë 😀", null, "Ann"], items.Select(item => item.Record?.Attribution));
        Assert.Equal(SourceItem.Refuse(ImportRefusal.NoOwner, "post-3"), items[2]);
    }

    [Fact]
    public void Comments_and_bookmarks_come_from_the_files_beside()
    {
        WritePosts(5);
        _folder.Write("Comments.xml", """<comments><row Id="3" PostId="1" Text="hm &amp; so" CreationDate="2014-05-15T08:11:02.5" UserId="9" ContentLicense="CC BY-SA 4.0"/><row Id="4" PostId="1" Text="x" CreationDate="2014-05-15T08:11:02" UserDisplayName="gone"/><row Id="5" Text="x" CreationDate="2014-05-15T08:11:02" UserId="9"/></comments>""");
        _folder.Write("Votes.xml", """<votes><row Id="8" PostId="1" VoteTypeId="2" CreationDate="2014-05-15T00:00:00.000"/><row Id="9" PostId="1" VoteTypeId="5" UserId="4" CreationDate="2014-05-15T00:00:00.000"/><row Id="10" PostId="1" VoteTypeId="5" CreationDate="2014-05-15T00:00:00.000"/></votes>""");

        var items = Read();

        Assert.Equal([RecordKind.Post, RecordKind.Comment, RecordKind.Bookmark], items.Records().Select(record => record.Kind));
        var comment = items[1].Record!;
        Assert.Equal(("comment-3", "9", "hm & so", "post-1", "CC BY-SA 4.0"), (comment.Id, comment.UserId, comment.Text, comment.TargetId, comment.Licence));
        var bookmark = items[5].Record!;
        Assert.Equal(("bookmark-9", "4", "", "post-1"), (bookmark.Id, bookmark.UserId, bookmark.Text, bookmark.TargetId));
        Assert.Equal(
            [SourceItem.Refuse(ImportRefusal.NoOwner, "comment-4"), SourceItem.Refuse(ImportRefusal.InvalidValue, "comment-5"), SourceItem.Refuse(ImportRefusal.NotLicensedType, null), SourceItem.Refuse(ImportRefusal.NoOwner, "bookmark-10")],
            items.Where(item => item.Refused is not null));
    }

    [Fact]
    public void A_user_number_beyond_the_indexs_end_is_said_and_no_index_is_left()
    {
        WritePosts(5);
        _folder.Write("Users.xml", "<users><row Id=\"101\" DisplayName=\"A\"/></users>");

        var fault = Assert.Throws<ConnectorException>(() => Read(new ConnectorOptions { UserNumberMax = 100, TemporaryDirectory = _folder.Path }));

        Assert.Contains("UserNumberMax", fault.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path, "broker-users-*"));
    }

    [Fact]
    public void The_index_is_gone_after_reading_even_half_a_dump()
    {
        WritePosts(5, 5);
        _folder.Write("Users.xml", "<users><row Id=\"5\" DisplayName=\"A\"/></users>");
        var options = new ConnectorOptions { TemporaryDirectory = _folder.Path };

        _ = Connectors.Open(ConnectorFormat.StackExchange, _folder.Path, options).Read().First();

        Assert.Empty(Directory.GetFiles(_folder.Path, "broker-users-*"));
    }

    [Fact]
    public void A_truncated_file_beside_fails_the_whole_reading()
    {
        WritePosts(5);
        var path = _folder.Write("Votes.xml", "<votes><row Id=\"8\"");

        Assert.Equal(path, Assert.Throws<ConnectorException>(() => Read()).File);
    }

    [Fact]
    public void All_bytes_have_been_read_at_the_end()
    {
        WritePosts(5, 6);
        _folder.Write("Users.xml", "<users><row Id=\"5\" DisplayName=\"A\"/></users>");
        var export = Connectors.Open(ConnectorFormat.StackExchange, _folder.Path);

        Assert.Equal(0, export.BytesRead);
        Assert.Equal(2, export.Read().Count());
        Assert.Equal(export.BytesTotal, export.BytesRead);
    }
}
