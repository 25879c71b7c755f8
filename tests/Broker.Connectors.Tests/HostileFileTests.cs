using System.Text;
using Broker.Connectors.Tests.WordPress;
using CsCheck;

namespace Broker.Connectors.Tests;

/// <summary>What may be wrong with a file as a whole: then nothing of it may be kept, so reading must throw.</summary>
public sealed class HostileFileTests
{
    private const string Posts = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<posts>\r\n  <row Id=\"6\" PostTypeId=\"1\" CreationDate=\"2014-05-14T08:11:02.157\" Body=\"&lt;é😀&#x1F600;\" OwnerUserId=\"14\" /><!-- x > ' --><?p '?>\r\n</posts>";

    private static string Wxr => WordPressTests.Wxr(WordPressTests.Item()).TrimEnd();

    [Fact]
    public void A_dump_cut_off_at_any_byte_never_looks_whole() => NeverLooksWhole(ConnectorFormat.StackExchange, Posts);

    [Fact]
    public void A_wordpress_export_cut_off_at_any_byte_never_looks_whole() => NeverLooksWhole(ConnectorFormat.Wxr, Wxr);

    private static void NeverLooksWhole(string format, string content)
    {
        var whole = Encoding.UTF8.GetBytes(content);
        Assert.Single(ExportFolder.Read(format, whole).Records());
        for (var length = 0; length < whole.Length; length++) ExportFolder.Fault(format, whole[..length]);
    }

    [Fact]
    public void A_changed_byte_never_breaks_more_than_the_reading() =>
        Gen.Select(Gen.Int[0, Encoding.UTF8.GetByteCount(Posts) - 1], Gen.Byte, Gen.Int[0, 2].Select(i => ConnectorFormat.All[i]))
            .Sample((place, value, format) =>
            {
                var content = Encoding.UTF8.GetBytes(Posts);
                content[place] = value;
                try
                {
                    _ = ExportFolder.Read(format, content);
                }
                catch (ConnectorException e)
                {
                    Assert.NotEmpty(e.Advice);
                }
            }, iter: 500);

    [Fact]
    public void A_byte_order_mark_and_utf_16_are_fine()
    {
        Assert.Single(ExportFolder.Read(ConnectorFormat.StackExchange, [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Posts)]));
        var wide = Posts.Replace("utf-8", "utf-16", StringComparison.Ordinal);
        Assert.Equal("<é😀😀", Assert.Single(ExportFolder.Read(ConnectorFormat.StackExchange, [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(wide)])).Record!.Text);
    }

    [Theory]
    [InlineData("<!DOCTYPE posts><posts/>")]
    [InlineData("<!DOCTYPE posts [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><posts><row Body=\"&c;\"/></posts>")]
    [InlineData("<!DOCTYPE posts [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><posts><row Body=\"&x;\"/></posts>")]
    [InlineData("<!DOCTYPE posts SYSTEM \"http://192.0.2.1/x.dtd\"><posts/>")]
    public void A_document_type_is_refused_before_anything_is_expanded_or_fetched(string content)
    {
        foreach (var format in new[] { ConnectorFormat.StackExchange, ConnectorFormat.Wxr })
            Assert.Contains("DTD", ExportFolder.Fault(format, content).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<posts><row Body=\"&undefined;\"/></posts>")]
    [InlineData("<posts/><posts/>")]
    [InlineData("<posts><row Id='1' Id='2'/></posts>")]
    [InlineData("PK\u0003\u0004 an archive")]
    [InlineData("")]
    [InlineData("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><posts/>")]
    public void What_is_no_whole_xml_is_said_with_its_place(string content)
    {
        var fault = ExportFolder.Fault(ConnectorFormat.StackExchange, content);

        Assert.NotEmpty(fault.Advice);
        Assert.NotEmpty(fault.File);
    }

    [Fact]
    public void Bytes_that_are_not_utf_8_are_said() =>
        Assert.Contains("UTF-8", ExportFolder.Fault(ConnectorFormat.StackExchange, [.. "<posts>"u8, 0xC3, 0x28, .. "</posts>"u8]).Message, StringComparison.Ordinal);

    [Fact]
    public void Bottomless_nesting_and_endless_names_are_refused()
    {
        ExportFolder.Fault(ConnectorFormat.Wxr, $"<rss><channel>{string.Concat(Enumerable.Repeat("<a>", 100_000))}");
        ExportFolder.Fault(ConnectorFormat.StackExchange, $"<posts>{string.Concat(Enumerable.Range(0, 20_000).Select(i => $"<row a{i}=\"\"/>"))}</posts>");
        ExportFolder.Fault(ConnectorFormat.StackExchange, $"<posts><{new string('a', 6_000_000)}/></posts>");
    }

    [Fact]
    public void Quotes_and_brackets_in_comments_and_character_data_mislead_nobody()
    {
        var content = WordPressTests.Wxr("<!-- \" <a ' -- --><?pi \" < ?>".Replace("-- --", "- --", StringComparison.Ordinal) + WordPressTests.Item(content: "a \" < ' > ] ]> <!-- ") + WordPressTests.Item(id: "8"));

        Assert.Equal(["post-7", "post-8"], ExportFolder.Read(ConnectorFormat.Wxr, content, new ConnectorOptions { ValueCharactersMax = 1_024 }).Records().Select(record => record.Id));
    }
}
