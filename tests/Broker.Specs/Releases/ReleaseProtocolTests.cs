using CsCheck;
using Xunit.Abstractions;

namespace Broker.Specs.Releases;

public sealed class ReleaseProtocolTests(ITestOutputHelper output)
{
    private const int MaxStates = 8_000_000;

    [Theory]
    [InlineData(ReleaseDesign.NoBarrier, ReleaseProtocol.Withdrawal)]
    [InlineData(ReleaseDesign.TakeoverAcksAtOnce, ReleaseProtocol.Withdrawal)]
    [InlineData(ReleaseDesign.TakeoverWaitsOneLease, ReleaseProtocol.Withdrawal)]
    [InlineData(ReleaseDesign.UnboundedRenewals, ReleaseProtocol.Withdrawal)]
    [InlineData(ReleaseDesign.ReleasesWhatItSelected, ReleaseProtocol.Recall)]
    [InlineData(ReleaseDesign.ResendsUnfiltered, ReleaseProtocol.Withdrawal)]
    [InlineData(ReleaseDesign.RevokesWithoutIds, ReleaseProtocol.Suspension)]
    [InlineData(ReleaseDesign.ResendTrustsEarlierAnswer, ReleaseProtocol.Suspension)]
    [InlineData(ReleaseDesign.StaleAcknowledgesSuspension, ReleaseProtocol.Suspension)]
    public void A_design_without_one_of_the_rules_breaks_a_promise(ReleaseDesign design, string promise)
    {
        Build(design).Exhaustive(out var violation, maxStates: MaxStates, threads: 1);

        Assert.NotNull(violation);
        output.WriteLine(violation.ToString());
        Assert.Equal(promise, violation.Id);
    }

    [Fact]
    public void The_full_protocol_closes_without_a_violation()
    {
        var report = Build(ReleaseDesign.Full).Exhaustive(maxStates: MaxStates);

        output.WriteLine(report.ToString());
        Assert.True(report.Closed);
        Assert.Equal(0, report.DeadlockStates);
        Assert.Empty(report.NeverFired);
        Assert.Empty(report.NeverTriggered);
    }

    /// <summary>The states are those of the full protocol, where everything written before its deadline is proved; so what a
    /// foreign client can get besides is what a paused gateway writes past the deadline.</summary>
    [Fact]
    public void A_foreign_client_has_the_one_window_of_a_paused_gateway()
    {
        var spec = new ReleaseProtocol(ReleaseRules.Of(ReleaseDesign.Full)).BuildForForeignClient();

        spec.Exhaustive(out var violation, maxStates: MaxStates, threads: 1);

        Assert.NotNull(violation);
        output.WriteLine(violation.ToString());
        Assert.Equal(ReleaseProtocol.Window, violation.Id);
    }

    [Fact]
    public void The_promises_notice_every_fault()
    {
        var report = new ReleaseProtocol(ReleaseRules.Of(ReleaseDesign.Full)).BuildWithFaults().Faults(maxStates: MaxStates, throwOnUncaught: false);

        output.WriteLine(report.ToString());
        Assert.Empty(report.Uncaught);
        Assert.Empty(report.Inconclusive);
        Assert.Equal(ReleaseProtocol.Lineage, report.CaughtBy("lineage lost"));
        Assert.Equal(ReleaseProtocol.Recall, report.CaughtBy("withdrawn without a recall"));
        Assert.Equal(ReleaseProtocol.Withdrawal, report.CaughtBy("acknowledged with the append"));
        Assert.Equal(ReleaseProtocol.Suspension, report.CaughtBy("suspension acknowledged with the append"));
    }

    private static Spec<ReleaseWorld> Build(ReleaseDesign design) => new ReleaseProtocol(ReleaseRules.Of(design)).Build();
}
