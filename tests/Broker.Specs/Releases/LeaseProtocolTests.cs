using CsCheck;
using Xunit.Abstractions;

namespace Broker.Specs.Releases;

public sealed class LeaseProtocolTests(ITestOutputHelper output)
{
    private const int MaxStates = 4_000_000;

    [Theory]
    [InlineData(LeaseDesign.GatewayCountsFromTheAnswer)]
    [InlineData(LeaseDesign.AuthorityCountsFromTheAnswer)]
    [InlineData(LeaseDesign.WaitsOneTickLess)]
    public void A_lease_that_is_counted_otherwise_outlives_an_acknowledgement(LeaseDesign design)
    {
        new LeaseProtocol(design).Build().Exhaustive(out var violation, maxStates: MaxStates, threads: 1);

        Assert.NotNull(violation);
        output.WriteLine(violation.ToString());
        Assert.Equal(LeaseProtocol.Withdrawal, violation.Id);
    }

    [Fact]
    public void Two_leases_of_waiting_are_enough_and_not_one_tick_too_many()
    {
        var report = new LeaseProtocol(LeaseDesign.Full).Build().Exhaustive(maxStates: MaxStates);

        output.WriteLine(report.ToString());
        Assert.True(report.Closed);
        Assert.Empty(report.NeverFired);
        Assert.Empty(report.NeverTriggered);
    }
}
