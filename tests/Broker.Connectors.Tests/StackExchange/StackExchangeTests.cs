using Broker.Domain.Platforms;

namespace Broker.Connectors.Tests.StackExchange;

public sealed class StackExchangeTests
{
    private const string Post = """Id="6" PostTypeId="1" CreationDate="2014-05-14T08:11:02.157" Body="&lt;p&gt;a &amp;amp; b&lt;/p&gt;&#xA;" OwnerUserId="14" Title="T" ContentLicense="CC BY-SA 3.0" """;

    private static string Posts(params string[] rows) =>
        $"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<posts>\n{string.Concat(rows.Select(row => $"  <row {row}/>\n"))}</posts>\n";

    private static SourceItem One(string row, ConnectorOptions? options = null) =>
        Assert.Single(ExportFolder.Read(ConnectorFormat.StackExchange, Posts(row), options));

    // Counted with Python's ElementTree over the same file: by PostTypeId, and by OwnerUserId present and above zero
    // (190 owners in all: without the site's own account and two who own tag wikis only, 187).
    [SkippableFact]
    public void The_real_dump_gives_the_counts_that_another_parser_counted()
    {
        var items = Connectors.Open(ConnectorFormat.StackExchange, RealData.Find(RealData.Posts)).Read().ToList();

        Assert.Equal(624, items.Count);
        Assert.Equal(588, items.Records().Count(record => record.Kind == RecordKind.Post));
        Assert.Equal(new() { [ImportRefusal.NotLicensedType] = 26, [ImportRefusal.NoOwner] = 10 }, items.Refusals());
        Assert.Equal(588, items.Records().Select(record => record.Id).Distinct().Count());
        Assert.Equal(187, items.Records().Select(record => record.UserId).Distinct().Count());
    }

    [Fact]
    public void A_question_keeps_its_html_its_licence_and_its_millisecond()
    {
        var record = One(Post).Record;

        Assert.Equal(
            new SourceRecord
            {
                Id = "post-6",
                UserId = "14",
                Kind = RecordKind.Post,
                CreatedAt = new DateTimeOffset(2014, 5, 14, 8, 11, 2, 157, TimeSpan.Zero),
                Language = "en",
                Title = "T",
                Text = "<p>a &amp; b</p>\n",
                Licence = "CC BY-SA 3.0",
            },
            record);
    }

    [Fact]
    public void An_answer_names_its_question_as_target() =>
        Assert.Equal("post-6", One("""Id="7" PostTypeId="2" ParentId="6" CreationDate="2014-05-14T08:11:02" Body="b" OwnerUserId="1" """).Record!.TargetId);

    [Theory]
    [InlineData("""PostTypeId="1" CreationDate="2014-05-14T08:11:02" OwnerUserId="1" """, ImportRefusal.NoId, null)]
    [InlineData("""Id="x" PostTypeId="1" CreationDate="2014-05-14T08:11:02" OwnerUserId="1" """, ImportRefusal.NoId, null)]
    [InlineData("""Id="9" PostTypeId="4" CreationDate="2014-05-14T08:11:02" OwnerUserId="1" """, ImportRefusal.NotLicensedType, "post-9")]
    [InlineData("""Id="9" PostTypeId="5" CreationDate="2014-05-14T08:11:02" OwnerUserId="-1" """, ImportRefusal.NotLicensedType, "post-9")]
    [InlineData("""Id="9" CreationDate="2014-05-14T08:11:02" OwnerUserId="1" """, ImportRefusal.NotLicensedType, "post-9")]
    [InlineData("""Id="9" PostTypeId="1" CreationDate="2014-05-14T08:11:02" OwnerUserId="1" DeletionDate="2015-01-01T00:00:00" """, ImportRefusal.Deleted, "post-9")]
    [InlineData("""Id="9" PostTypeId="1" CreationDate="2014-05-14T08:11:02" OwnerDisplayName="user14" """, ImportRefusal.NoOwner, "post-9")]
    [InlineData("""Id="9" PostTypeId="1" CreationDate="2014-05-14T08:11:02" OwnerUserId="-1" """, ImportRefusal.NoOwner, "post-9")]
    [InlineData("""Id="9" PostTypeId="1" OwnerUserId="1" """, ImportRefusal.NoDate, "post-9")]
    [InlineData("""Id="9" PostTypeId="1" CreationDate="yesterday" OwnerUserId="1" """, ImportRefusal.NoDate, "post-9")]
    public void A_row_that_may_not_enter_is_refused_with_its_reason_and_id(string row, ImportRefusal reason, string? id) =>
        Assert.Equal(SourceItem.Refuse(reason, id), One(row));

    [Fact]
    public void A_closed_post_and_one_of_the_community_keep_their_owner() =>
        Assert.Equal("14", One(Post + """ClosedDate="2015-01-01T00:00:00" CommunityOwnedDate="2015-01-01T00:00:00" """).Record!.UserId);

    [Theory]
    [InlineData("|a|b|")]
    [InlineData("&lt;a&gt;&lt;b&gt;")]
    public void Tags_are_read_over_in_both_styles(string tags) => Assert.NotNull(One($"{Post} Tags=\"{tags}\"").Record);

    [Fact]
    public void Rows_may_come_in_any_order()
    {
        string[] numbers = ["9", "2", "7", "1"];
        var items = ExportFolder.Read(ConnectorFormat.StackExchange, Posts([.. numbers.Select(n => Post.Replace("Id=\"6\"", $"Id=\"{n}\"", StringComparison.Ordinal))]));

        Assert.Equal(["post-9", "post-2", "post-7", "post-1"], items.Records().Select(record => record.Id));
    }

    [Fact]
    public void A_value_over_the_limit_refuses_its_row_and_the_file_goes_on()
    {
        var options = new ConnectorOptions { ValueCharactersMax = 1_024 };
        foreach (var body in new[] { new string('x', 1_025), new string('x', 200_000), string.Concat(Enumerable.Repeat("&lt;", 300)), string.Concat(Enumerable.Repeat("😀", 700)), new string('x', 1_023) + "&#x1F600;y" })
        {
            var large = $"""Id="1" PostTypeId="1" Body="{body}" CreationDate="2014-05-14T08:11:02" OwnerUserId="1" """;
            var items = ExportFolder.Read(ConnectorFormat.StackExchange, Posts(large, Post), options);

            Assert.Equal(SourceItem.Refuse(ImportRefusal.InvalidValue, "post-1"), items[0]);
            Assert.Equal("post-6", items[1].Record!.Id);
        }
    }

    [Fact]
    public void A_value_at_the_limit_enters_whole()
    {
        var body = new string('x', 1_024);
        var item = One($"""Id="1" PostTypeId="1" Body="{body}" CreationDate="2014-05-14T08:11:02" OwnerUserId="1" """, new ConnectorOptions { ValueCharactersMax = 1_024 });

        Assert.Equal(body, item.Record!.Text);
    }

    [Fact]
    public void An_overlong_title_is_refused() =>
        Assert.Equal(ImportRefusal.InvalidValue, One(Post.Replace("\"T\"", $"\"{new string('t', 4_097)}\"", StringComparison.Ordinal)).Refused);

    [Fact]
    public void Several_sites_in_one_dataset_do_not_share_ids()
    {
        var record = One("""Id="7" PostTypeId="2" ParentId="6" CreationDate="2014-05-14T08:11:02" Body="b" OwnerUserId="1" """, new ConnectorOptions { Site = "math" }).Record!;

        Assert.Equal(("math~post-7", "math~1", "math~post-6"), (record.Id, record.UserId, record.TargetId));
    }

    [Fact]
    public void The_credit_names_the_profile_where_the_sites_address_is_known() =>
        Assert.Equal(
            "Ann <https://example.org/users/14>",
            One(Post + """OwnerDisplayName="Ann" """, new ConnectorOptions { SiteAddress = new Uri("https://example.org/") }).Record!.Attribution);

    [Fact]
    public void Another_root_element_is_another_file()
    {
        var fault = ExportFolder.Fault(ConnectorFormat.StackExchange, "<badges><row Id=\"1\"/></badges>");

        Assert.Contains("<badges>", fault.Message, StringComparison.Ordinal);
        Assert.Equal(1, fault.Line);
        Assert.NotEmpty(fault.Advice);
    }

    [Theory]
    [InlineData("<posts><question Id=\"1\"/></posts>")]
    [InlineData("<posts><row Id=\"1\"><row Id=\"2\"/></row></posts>")]
    [InlineData("<posts>text</posts>")]
    public void Something_else_than_rows_is_another_file(string content) => ExportFolder.Fault(ConnectorFormat.StackExchange, content);
}
