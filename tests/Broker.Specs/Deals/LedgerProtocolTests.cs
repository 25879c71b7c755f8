using CsCheck;
using Xunit.Abstractions;

namespace Broker.Specs.Deals;

public sealed class LedgerProtocolTests(ITestOutputHelper output)
{
    private const int MaxStates = 4_000_000;

    [Theory]
    [InlineData(LedgerDesign.VoidsWithoutEntry, LedgerProtocol.Unpaid)]
    [InlineData(LedgerDesign.PostsWhatWasReserved, LedgerProtocol.Charge)]
    [InlineData(LedgerDesign.ConfirmsWithoutSending, LedgerProtocol.Credit + "-RESEND")]
    [InlineData(LedgerDesign.ResendsBesideTheFirst, LedgerProtocol.Credit)]
    public void A_ledger_without_one_of_the_rules_breaks_a_promise(LedgerDesign design, string promise)
    {
        new LedgerProtocol(design).Build().Exhaustive(out var violation, maxStates: MaxStates, threads: 1);

        Assert.NotNull(violation);
        output.WriteLine(violation.ToString());
        Assert.Equal(promise, violation.Id);
    }

    [Fact]
    public void The_full_ledger_closes_and_ends_with_posted_equal_to_released()
    {
        var report = new LedgerProtocol(LedgerDesign.Full).Build().Exhaustive(maxStates: MaxStates);

        output.WriteLine(report.ToString());
        Assert.True(report.Closed);
        Assert.True(report.TerminalStates > 0);
        Assert.Equal(0, report.DeadlockStates);
        Assert.Empty(report.NeverFired);
        Assert.Empty(report.NeverTriggered);
    }

    [Fact]
    public void The_promises_notice_every_fault()
    {
        var report = new LedgerProtocol(LedgerDesign.Full).BuildWithFaults().Faults(maxStates: MaxStates, throwOnUncaught: false);

        output.WriteLine(report.ToString());
        Assert.Empty(report.Uncaught);
        Assert.Empty(report.Inconclusive);
        Assert.Equal(LedgerProtocol.Charge, report.CaughtBy("charged twice"));
        Assert.Equal(LedgerProtocol.Charge, report.CaughtBy("charged without a release"));
        Assert.Equal(LedgerProtocol.Quota, report.CaughtBy("quota read without what is held"));
        Assert.Equal(LedgerProtocol.Unpaid, report.CaughtBy("credited and voided"));
        Assert.Equal(LedgerProtocol.Credit + "-RESEND", report.CaughtBy("resent after the credit"));
    }
}
