namespace Broker.Connectors.Tests;

public sealed class ConnectorsTests
{
    [Fact]
    public void An_unknown_format_is_answered_with_the_known_ones()
    {
        var fault = Assert.Throws<ConnectorException>(() => Connectors.Open("mbox", "x"));

        Assert.All(ConnectorFormat.All, format => Assert.Contains(format, fault.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ConnectorFormat.StackExchange)]
    [InlineData(ConnectorFormat.Wxr)]
    [InlineData(ConnectorFormat.Ndjson)]
    public void A_path_that_does_not_exist_is_said_when_opening(string format) =>
        Assert.Equal("/no/such/path", Assert.Throws<ConnectorException>(() => Connectors.Open(format, "/no/such/path")).File);

    [Theory]
    [InlineData(ConnectorFormat.StackExchange)]
    [InlineData(ConnectorFormat.Wxr)]
    [InlineData(ConnectorFormat.Ndjson)]
    public void A_directory_without_an_export_is_said_when_opening(string format)
    {
        using var folder = new ExportFolder();

        Assert.Throws<ConnectorException>(() => Connectors.Open(format, folder.Path));
    }

    public static TheoryData<ConnectorOptions, string> WrongOptions => new()
    {
        { new ConnectorOptions { ValueCharactersMax = 1_023 }, "ValueCharactersMax" },
        { new ConnectorOptions { UserNumberMax = 0 }, "UserNumberMax" },
        { new ConnectorOptions { Site = "A B" }, "Site" },
        { new ConnectorOptions { Language = "not a tag" }, "Language" },
        { new ConnectorOptions { SiteAddress = new Uri("ftp://example.org") }, "SiteAddress" },
    };

    [Theory]
    [MemberData(nameof(WrongOptions))]
    public void An_option_out_of_its_range_is_named(ConnectorOptions options, string name) =>
        Assert.Contains(name, Assert.Throws<ConnectorException>(() => Connectors.Open(ConnectorFormat.Wxr, "x", options)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_export_can_be_read_twice()
    {
        using var folder = new ExportFolder();
        var export = Connectors.Open(ConnectorFormat.StackExchange, folder.Write("Posts.xml", "<posts><row/></posts>"));

        Assert.Equal(export.Read(), export.Read());
    }
}
