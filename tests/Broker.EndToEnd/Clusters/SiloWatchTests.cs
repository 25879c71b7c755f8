using Broker.Hosting.Clusters;

namespace Broker.EndToEnd.Clusters;

public sealed class SiloWatchTests
{
    private const string Silo = "10.0.0.1:11111@154650282";

    [Theory]
    [InlineData($"{Silo},2026-11-25 22:25:27.954 GMT", true)]
    [InlineData("10.0.0.2:11111@154650299,2026-11-25 22:25:27.954 GMT", false)]
    [InlineData($"{Silo},2026-11-25 22:25:27.954 GMT|10.0.0.2:11111@154650299,2026-11-25 22:25:28.000 GMT", false)]
    [InlineData("10.0.0.1:11111@154650999,2026-11-25 22:25:27.954 GMT", false)] // the same machine's next silo
    [InlineData("", false)]
    public void Only_a_silo_that_declared_itself_dead_has_left_in_order(string accusers, bool hasLeft) =>
        Assert.Equal(hasLeft, SiloWatch.HasLeft(Silo, accusers));
}
