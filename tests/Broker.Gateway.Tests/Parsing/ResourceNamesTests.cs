using Broker.Gateway.Parsing;
using CsCheck;

namespace Broker.Gateway.Tests.Parsing;

public sealed class ResourceNamesTests
{
    [Fact]
    public void Whatever_a_platform_calls_its_users_their_names_are_read_back() =>
        Gen.String[Gen.Char['!', '~'], 1, 60].Sample(user =>
            ResourceNames.ParseUser(ResourceNames.User("acme", user)) == new UserName("acme", user));

    [Theory]
    [InlineData("")]
    [InlineData("platforms")]
    [InlineData("platforms/")]
    [InlineData("platforms/Acme")]
    [InlineData("platforms/-acme")]
    [InlineData("platforms/acme\n")]
    [InlineData("platforms/acme/")]
    [InlineData("platforms/a/../b")]
    [InlineData("partners/acme")]
    public void What_is_no_platforms_name_is_not_read(string name) => Assert.Null(ResourceNames.ParsePlatform(name));

    [Theory]
    [InlineData("platforms/acme/deals/pact/recalls/0-1", true)]
    [InlineData("platforms/acme/deals/pact/recalls/0-0", false)]
    [InlineData("platforms/acme/deals/pact/recalls/00-1", false)]
    [InlineData("platforms/acme/deals/pact/recalls/-1-1", false)]
    [InlineData("platforms/acme/deals/pact/recalls/1", false)]
    public void A_recalls_name_has_a_partition_and_a_number(string name, bool isOne) =>
        Assert.Equal(isOne, ResourceNames.ParseRecall(name) is not null);
}
