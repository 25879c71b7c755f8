using System.Text;
using Broker.Domain.Platforms;

namespace Broker.Connectors.Tests.Ndjson;

public sealed class NdjsonTests
{
    private const string Post = """{"id":"a1","user_id":"u1","kind":"post","created_at":"2024-01-02T03:04:05.6789+01:00","visibility":"public","language":"pt-BR","title":"T","text":"Olá","target_id":"a0","licence":"CC0-1.0","attribution":"U","email":"u@mail.example"}""";

    private static IReadOnlyList<SourceItem> Read(string content, ConnectorOptions? options = null) => ExportFolder.Read(ConnectorFormat.Ndjson, content, options);

    [Fact]
    public void A_public_line_enters_with_every_field() => Assert.Equal(
        new SourceRecord
        {
            Id = "a1",
            UserId = "u1",
            Kind = RecordKind.Post,
            CreatedAt = new DateTimeOffset(2024, 1, 2, 2, 4, 5, 678, TimeSpan.Zero),
            Language = "pt-br",
            Title = "T",
            Text = "Olá",
            TargetId = "a0",
            Licence = "CC0-1.0",
            Attribution = "U",
        },
        Assert.Single(Read(Post + "\n")).Record);

    [Theory]
    [InlineData("\"visibility\":\"public\"", "\"visibility\":\"private\"", ImportRefusal.Private)]
    [InlineData("\"visibility\":\"public\"", "\"visibility\":\"draft\"", ImportRefusal.Draft)]
    [InlineData("\"visibility\":\"public\"", "\"visibility\":\"deleted\"", ImportRefusal.Deleted)]
    [InlineData("\"visibility\":\"public\"", "\"visibility\":\"suspended\"", ImportRefusal.Suspended)]
    [InlineData("\"visibility\":\"public\"", "\"visibility\":\"password\"", ImportRefusal.PasswordProtected)]
    [InlineData("\"visibility\":\"public\"", "\"visibility\":\"PUBLIC\"", ImportRefusal.InvalidValue)]
    [InlineData("\"visibility\":\"public\",", "", ImportRefusal.InvalidValue)]
    [InlineData("\"user_id\":\"u1\",", "", ImportRefusal.NoOwner)]
    [InlineData("+01:00", "", ImportRefusal.NoDate)]
    [InlineData("\"kind\":\"post\"", "\"kind\":\"message\"", ImportRefusal.NotLicensedType)]
    [InlineData("\"Olá\"", "17", ImportRefusal.InvalidValue)]
    [InlineData("Olá", "\\ud800", ImportRefusal.InvalidValue)]
    [InlineData("pt-BR", "not a language", ImportRefusal.InvalidValue)]
    [InlineData("\"post\"", "\"like\"", null)]
    public void A_line_that_may_not_enter_is_refused_with_its_reason_and_id(string from, string to, ImportRefusal? reason)
    {
        var item = Assert.Single(Read(Post.Replace(from, to, StringComparison.Ordinal) + "\n"));

        Assert.Equal(reason, item.Refused);
        Assert.Equal("a1", item.RefusedId ?? item.Record!.Id);
    }

    [Theory]
    [InlineData("\"id\":", "\"\\u0069\\u0064\":")]
    [InlineData("\"id\":\"a1\"", "\"id\":\"\\u00611\"")]
    [InlineData("{", "{\"tags\":[{\"id\":\"other\"}],")]
    [InlineData("{", "{\"0\":0,\"1\":1,\"2\":2,\"3\":3,\"4\":4,\"5\":5,\"6\":6,\"7\":7,\"8\":8,\"9\":9,\"a\":0,\"b\":1,\"c\":2,\"d\":3,\"e\":4,\"f\":5,\"g\":6,\"h\":7,\"i\":8,\"j\":9,\"k\":0,\"l\":1,")]
    public void However_a_line_is_written_it_is_the_same_record(string from, string to)
    {
        var plain = Assert.Single(Read(Post)).Record;

        Assert.Equal([plain, plain, plain], Read($"{Post}\n{Post.Replace(from, to, StringComparison.Ordinal)}\n{Post}").Select(item => item.Record));
    }

    [Theory]
    [InlineData("2024-02-29T23:59:59Z", "2024-02-29T23:59:59.0000000+00:00")]
    [InlineData("2024-02-29T23:59:59.123Z", "2024-02-29T23:59:59.1230000+00:00")]
    [InlineData("2024-02-29T23:59:59.1239Z", "2024-02-29T23:59:59.1230000+00:00")]
    [InlineData(" 2024-02-29T23:59:59Z ", "2024-02-29T23:59:59.0000000+00:00")]
    [InlineData("2023-02-29T23:59:59Z", null)]
    [InlineData("2024-13-01T00:00:00Z", null)]
    [InlineData("2024-02-29T25:00:00Z", null)]
    [InlineData("2024-02-29T23:59:60Z", null)]
    [InlineData("0000-01-01T00:00:00Z", null)]
    [InlineData("2024-02-2xT23:59:59Z", null)]
    [InlineData("2024-02-29T23:59:59,123Z", null)]
    [InlineData("2024-02-29T23:59:59", null)]
    public void A_date_is_read_to_the_millisecond_or_refused(string date, string? read)
    {
        var item = Assert.Single(Read(Post.Replace("2024-01-02T03:04:05.6789+01:00", date, StringComparison.Ordinal)));

        Assert.Equal(read, item.Record?.CreatedAt.ToString("O"));
        Assert.Equal(read is null ? ImportRefusal.NoDate : null, item.Refused);
    }

    [Fact]
    public void A_like_never_carries_the_words_of_what_was_liked()
    {
        var record = Assert.Single(Read(Post.Replace("\"post\"", "\"like\"", StringComparison.Ordinal))).Record!;

        Assert.Equal(("", "", "a0"), (record.Title, record.Text, record.TargetId));
    }

    [Theory]
    [InlineData("{\"id\":")]
    [InlineData("[1]")]
    [InlineData("nonsense")]
    [InlineData("{\"id\":\"a\",\"id\":\"b\"}")]
    [InlineData("{\"id\":\"a\",\"\\u0069d\":\"b\"}")]
    [InlineData("{\"id\":\"a\",\"tags\":{\"one\":1,\"one\":2}}")]
    [InlineData("{\"id\":\"a\"}{}")]
    [InlineData("{\"\\ud800\":1,\"b\":2}")]
    [InlineData("{\"id\":\"\\u0000\"}")]
    public void A_bad_line_is_refused_and_the_file_goes_on(string line) =>
        Assert.Equal([null, ImportRefusal.InvalidValue, null], Read($"{Post}\n{line}\n\r\n{Post}\r\n").Select(item => item.Refused));

    [Fact]
    public void A_line_of_no_text_is_refused_and_the_file_goes_on()
    {
        byte[] content = [.. Encoding.UTF8.GetBytes("{\"id\":\""), 0xFF, .. Encoding.UTF8.GetBytes("\"}\n" + Post + "\n")];

        Assert.Equal([ImportRefusal.InvalidValue, null], ExportFolder.Read(ConnectorFormat.Ndjson, content).Select(item => item.Refused));
    }

    [Theory]
    [InlineData(900)]
    [InlineData(200_000)]
    [InlineData(1_000_000)]
    public void An_overlong_line_is_refused_and_the_file_goes_on(int length)
    {
        var large = Post.Replace("Olá", new string('x', length), StringComparison.Ordinal);

        Assert.Equal([null, ImportRefusal.InvalidValue, null], Read($"{Post}\n{large}\n{Post}", new ConnectorOptions { ValueCharactersMax = 1_024 }).Select(item => item.Refused));
    }

    [Fact]
    public void A_byte_order_mark_and_a_missing_last_line_feed_are_fine() => Assert.NotNull(Assert.Single(Read("\uFEFF" + Post)).Record);

    [Theory]
    [InlineData("")]
    [InlineData("<posts/>\n")]
    [InlineData("id,user\n")]
    public void Another_kind_of_file_is_said(string content) => ExportFolder.Fault(ConnectorFormat.Ndjson, content);

    [Fact]
    public void Cut_off_anywhere_but_between_lines_it_never_looks_whole()
    {
        var whole = Encoding.UTF8.GetBytes(string.Join("", Enumerable.Range(0, 3).Select(_ => Post + "\n")));
        var line = whole.Length / 3;
        for (var length = 0; length < whole.Length; length++)
        {
            var part = whole[..length];
            if (length > 0 && (length % line == 0 || (length + 1) % line == 0))
                Assert.Equal((length + 1) / line, ExportFolder.Read(ConnectorFormat.Ndjson, part).Records().Count());
            else
                ExportFolder.Fault(ConnectorFormat.Ndjson, part);
        }
    }
}
