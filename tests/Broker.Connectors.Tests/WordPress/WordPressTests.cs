using Broker.Domain.Platforms;

namespace Broker.Connectors.Tests.WordPress;

public sealed class WordPressTests
{
    private const string Authors = "<wp:author><wp:author_id>3</wp:author_id><wp:author_login>ann</wp:author_login><wp:author_email>ann@mail.example</wp:author_email><wp:author_display_name><![CDATA[Ann B]]></wp:author_display_name></wp:author>";
    private const string Comment = "<wp:comment><wp:comment_id>5</wp:comment_id><wp:comment_author><![CDATA[Ann B]]></wp:comment_author><wp:comment_author_email>ann@mail.example</wp:comment_author_email><wp:comment_author_IP>192.0.2.7</wp:comment_author_IP><wp:comment_date_gmt>2020-01-03 03:04:05</wp:comment_date_gmt><wp:comment_content><![CDATA[Words]]></wp:comment_content><wp:comment_approved>1</wp:comment_approved><wp:comment_type>comment</wp:comment_type><wp:comment_user_id>3</wp:comment_user_id></wp:comment>";

    internal static string Wxr(string items, string authors = Authors, string space = "http://wordpress.org/export/1.2/") =>
        $"""
        <?xml version="1.0" encoding="UTF-8" ?>
        <!-- a comment -->
        <rss version="2.0" xmlns:excerpt="{space}excerpt/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="{space}">
        <channel><title>Site</title><language>en-US</language><wp:wxr_version>1.2</wp:wxr_version>{authors}
        {items}
        </channel></rss>

        """;

    internal static string Item(string status = "publish", string type = "post", string password = "", string creator = "ann", string comments = "", string extra = "", string id = "7", string gmt = "2020-01-02 03:04:05", string content = "<!-- wp --><p>Hi</p>") =>
        $"<item><title><![CDATA[Hello]]></title><link>https://site.example/hello</link><dc:creator><![CDATA[{creator}]]></dc:creator><content:encoded><![CDATA[{content}]]></content:encoded><excerpt:encoded><![CDATA[no]]></excerpt:encoded><wp:post_id>{id}</wp:post_id><wp:post_date>2020-01-02 01:00:00</wp:post_date><wp:post_date_gmt>{gmt}</wp:post_date_gmt><wp:status>{status}</wp:status><wp:post_parent>0</wp:post_parent><wp:post_type>{type}</wp:post_type><wp:post_password><![CDATA[{password}]]></wp:post_password>{extra}<wp:postmeta><wp:meta_key>k</wp:meta_key></wp:postmeta>{comments}</item>";

    private static IReadOnlyList<SourceItem> Read(string items, ConnectorOptions? options = null, string authors = Authors) =>
        ExportFolder.Read(ConnectorFormat.Wxr, Wxr(items, authors), options);

    private static SourceItem One(string items) => Assert.Single(Read(items));

    // Counted with Python's ElementTree over the same file: 186 items by type, status and password, 33 comments by their
    // post's, approval, type and comment_user_id; one published post's creator (">themereviewteam") is no listed author.
    // Four comments name account 24783058 while no author has a number; three of them are by themedemos, an author.
    [SkippableFact]
    public void The_real_export_gives_the_counts_that_another_parser_counted()
    {
        var items = Connectors.Open(ConnectorFormat.Wxr, RealData.Find(RealData.Wxr)).Read().ToList();

        Assert.Equal(186 + 33, items.Count);
        Assert.Equal(21 + 55 - 1, items.Records().Count(record => record.Kind == RecordKind.Post));
        Assert.Equal(0, items.Records().Count(record => record.Kind == RecordKind.Comment));
        Assert.Equal(
            new()
            {
                [ImportRefusal.NotLicensedType] = 37 + 70 + 2 + 2,
                [ImportRefusal.Draft] = 1 + 1,
                [ImportRefusal.PasswordProtected] = 1 + 1,
                [ImportRefusal.NotApproved] = 2 + 1,
                [ImportRefusal.NoOwner] = 1 + 3 + 17 + 1 + 4,
            },
            items.Refusals());
        Assert.Equal(["themedemos", "themereviewteam"], items.Records().Select(record => record.UserId).Distinct().Order());
    }

    [SkippableFact]
    public void The_real_exports_account_number_enters_once_the_platform_says_whose_it_is()
    {
        var options = new ConnectorOptions { AccountLogins = ConnectorOptions.Default.AccountLogins.Add(24783058, "themedemos") };
        var items = Connectors.Open(ConnectorFormat.Wxr, RealData.Find(RealData.Wxr), options).Read().ToList();

        Assert.Equal(4, items.Records().Count(record => record.Kind == RecordKind.Comment && record.UserId == "themedemos"));
    }

    [SkippableFact]
    public void No_address_of_a_person_leaves_the_real_exports_identity_fields()
    {
        var items = Connectors.Open(ConnectorFormat.Wxr, RealData.Find(RealData.Wxr)).Read().ToList();

        Assert.DoesNotContain(items.Records(), record => (record.Id + record.UserId + record.TargetId + record.Attribution + record.Licence).Contains('@', StringComparison.Ordinal));
    }

    [Fact]
    public void A_published_post_enters_with_its_author_language_and_html()
    {
        var record = One(Item()).Record;

        Assert.Equal(
            new SourceRecord
            {
                Id = "post-7",
                UserId = "ann",
                Kind = RecordKind.Post,
                CreatedAt = new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.Zero),
                Language = "en-us",
                Title = "Hello",
                Text = "<!-- wp --><p>Hi</p>",
                Attribution = "Ann B <https://site.example/hello>",
            },
            record);
    }

    [Theory]
    [InlineData("http://wordpress.org/export/1.0/")]
    [InlineData("http://wordpress.org/export/1.1/")]
    [InlineData("https://wordpress.org/export/1.2/")]
    public void Every_version_of_the_name_space_is_read(string space) =>
        Assert.NotNull(Assert.Single(ExportFolder.Read(ConnectorFormat.Wxr, Wxr(Item(), space: space))).Record);

    [Theory]
    [InlineData("private", "post", "", ImportRefusal.Private)]
    [InlineData("draft", "post", "", ImportRefusal.Draft)]
    [InlineData("pending", "page", "", ImportRefusal.Draft)]
    [InlineData("auto-draft", "post", "", ImportRefusal.Draft)]
    [InlineData("future", "post", "", ImportRefusal.Draft)]
    [InlineData("trash", "post", "", ImportRefusal.Deleted)]
    [InlineData("members-only", "post", "", ImportRefusal.Private)]
    [InlineData("", "post", "", ImportRefusal.Private)]
    [InlineData("publish", "post", "secret", ImportRefusal.PasswordProtected)]
    [InlineData("publish", "post", " ", ImportRefusal.PasswordProtected)]
    [InlineData("private", "post", "secret", ImportRefusal.Private)]
    [InlineData("inherit", "attachment", "", ImportRefusal.NotLicensedType)]
    [InlineData("publish", "nav_menu_item", "", ImportRefusal.NotLicensedType)]
    [InlineData("publish", "product", "", ImportRefusal.NotLicensedType)]
    public void A_post_that_not_everybody_is_shown_is_refused_and_so_are_its_comments(string status, string type, string password, ImportRefusal reason) =>
        Assert.Equal(
            [SourceItem.Refuse(reason, "post-7"), SourceItem.Refuse(reason, "comment-5")],
            Read(Item(status, type, password, comments: Comment)));

    [Fact]
    public void An_approved_comment_belongs_to_the_login_of_its_account_number()
    {
        var record = Read(Item(comments: Comment))[1].Record;

        Assert.Equal(
            new SourceRecord
            {
                Id = "comment-5",
                UserId = "ann",
                Kind = RecordKind.Comment,
                CreatedAt = new DateTimeOffset(2020, 1, 3, 3, 4, 5, TimeSpan.Zero),
                Language = "en-us",
                Text = "Words",
                TargetId = "post-7",
                Attribution = "Ann B <https://site.example/hello>",
            },
            record);
    }

    [Theory]
    [InlineData("approved>1<", "approved>0<", ImportRefusal.NotApproved)]
    [InlineData("approved>1<", "approved>spam<", ImportRefusal.NotApproved)]
    [InlineData("approved>1<", "approved><", ImportRefusal.NotApproved)]
    [InlineData("approved>1<", "approved>trash<", ImportRefusal.Deleted)]
    [InlineData("type>comment<", "type>pingback<", ImportRefusal.NotLicensedType)]
    [InlineData("type>comment<", "type>order_note<", ImportRefusal.NotLicensedType)]
    [InlineData("user_id>3<", "user_id>0<", ImportRefusal.NoOwner)]
    [InlineData("user_id>3<", "user_id><", ImportRefusal.NoOwner)]
    [InlineData("2020-01-03 03:04:05", "0000-00-00 00:00:00", ImportRefusal.NoDate)]
    [InlineData("<wp:comment_approved>", "<wp:comment_approved>1</wp:comment_approved><wp:comment_approved>", ImportRefusal.InvalidValue)]
    public void A_comment_that_may_not_enter_is_refused_with_its_reason(string from, string to, ImportRefusal reason)
    {
        var changed = Comment.Replace(from, to, StringComparison.Ordinal);

        Assert.NotEqual(Comment, changed);
        Assert.Equal(SourceItem.Refuse(reason, "comment-5"), Read(Item(comments: changed))[1]);
    }

    [Fact]
    public void Empty_elements_end_neither_a_comment_nor_its_post()
    {
        var comment = Comment.Replace("<wp:comment_author_IP>192.0.2.7</wp:comment_author_IP>", "<wp:comment_author_url/>", StringComparison.Ordinal);
        var other = Comment.Replace("id>5<", "id>6<", StringComparison.Ordinal);

        Assert.Equal(["post-7", "comment-5", "comment-6", "post-8"], Read(Item(extra: "<wp:x/>", comments: comment + other) + Item(id: "8") + "<item/>").Records().Select(record => record.Id));
    }

    [Fact]
    public void A_comment_of_an_account_that_wrote_no_post_belongs_to_its_number() =>
        Assert.Equal("user~99", Read(Item(comments: Comment.Replace("user_id>3<", "user_id>99<", StringComparison.Ordinal)))[1].Record!.UserId);

    [Fact]
    public void Where_authors_have_no_numbers_a_number_may_be_anyones_and_owns_nothing()
    {
        var authors = Authors.Replace("<wp:author_id>3</wp:author_id>", "", StringComparison.Ordinal);

        Assert.Equal(ImportRefusal.NoOwner, Read(Item(comments: Comment), authors: authors)[1].Refused);
    }

    [Fact]
    public void A_login_that_is_an_address_is_replaced_by_the_accounts_number()
    {
        var authors = "<wp:author><wp:author_id>3</wp:author_id><wp:author_login>ann@mail.example</wp:author_login><wp:author_display_name>ann@mail.example</wp:author_display_name></wp:author>";
        var comment = Comment.Replace("<![CDATA[Ann B]]>", "ann@mail.example", StringComparison.Ordinal);
        var items = Read(Item(creator: "ann@mail.example", comments: comment), authors: authors);

        Assert.Equal(["user~3", "user~3"], items.Records().Select(record => record.UserId));
        Assert.All(items.Records(), record => Assert.DoesNotContain("@", record.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void A_creator_that_is_no_listed_author_is_nobody() => Assert.Equal(ImportRefusal.NoOwner, One(Item(creator: "zed")).Refused);

    [Fact]
    public void An_old_export_without_authors_is_taken_at_its_word() =>
        Assert.Equal("zed", Assert.Single(Read(Item(creator: "zed"), authors: "")).Record!.UserId);

    [Fact]
    public void The_local_date_stands_in_for_a_missing_one() =>
        Assert.Equal(new DateTimeOffset(2020, 1, 2, 1, 0, 0, TimeSpan.Zero), One(Item(gmt: "0000-00-00 00:00:00")).Record!.CreatedAt);

    [Fact]
    public void A_post_without_a_number_has_no_id() => Assert.Equal(SourceItem.Refuse(ImportRefusal.NoId, null), One(Item(id: "")));

    [Theory]
    [InlineData("<wp:status>private</wp:status>")]
    [InlineData("<wp:post_password>x</wp:post_password>")]
    public void A_post_that_says_two_things_is_refused_with_its_comments(string extra) =>
        Assert.Equal([ImportRefusal.InvalidValue, ImportRefusal.InvalidValue], Read(Item(extra: extra, comments: Comment)).Select(item => item.Refused!.Value));

    [Fact]
    public void A_password_after_the_comments_cannot_be_overlooked() =>
        ExportFolder.Fault(ConnectorFormat.Wxr, Wxr(Item(comments: Comment + "<wp:post_password>x</wp:post_password>")));

    [Fact]
    public void An_author_after_the_first_item_cannot_be_overlooked() => ExportFolder.Fault(ConnectorFormat.Wxr, Wxr(Item() + Authors));

    [Fact]
    public void A_page_over_the_limit_is_refused_and_the_file_goes_on()
    {
        var items = Read(Item(content: new string('x', 300_000), comments: Comment) + Item(id: "8"), new ConnectorOptions { ValueCharactersMax = 1_024 });

        Assert.Equal(SourceItem.Refuse(ImportRefusal.InvalidValue, "post-7"), items[0]);
        Assert.Equal(["comment-5", "post-8"], items.Records().Select(record => record.Id));
    }

    [Fact]
    public void Several_sites_in_one_dataset_do_not_share_ids()
    {
        var records = Read(Item(comments: Comment), new ConnectorOptions { Site = "blog.example" }).Records().ToList();

        Assert.Equal(["blog.example~post-7", "blog.example~comment-5"], records.Select(record => record.Id));
        Assert.All(records, record => Assert.Equal("blog.example~ann", record.UserId));
        Assert.Equal("blog.example~post-7", records[1].TargetId);
    }

    [Theory]
    [InlineData("<rss version=\"2.0\"><channel><item><title>x</title></item></channel></rss>")]
    [InlineData("<rss version=\"2.0\"><channel></channel></rss>")]
    [InlineData("<feed/>")]
    public void A_feed_is_not_an_export(string content) => ExportFolder.Fault(ConnectorFormat.Wxr, content);
}
