using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;

namespace Broker.Domain.Tests.Lineage;

/// <summary>An amendment to other purposes is another licence: nothing that was admitted for the old ones counts for the new.</summary>
public sealed class PurposeChangeTests
{
    private const string Deal = "d";
    private static readonly ContractTerms Evaluation = Given.Terms with { Scope = Given.Terms.Scope with { Purposes = Purposes.Evaluation } };
    private readonly PartitionLog _log = new PartitionLog().WithPolicy(Given.OptIn).WithUsers(1).Decide(0, Given.Grant(Given.Start));

    public PurposeChangeTests()
    {
        _log.WithRows(Given.Posts, new Row("a", 0));
        See(1, Evaluation);
    }

    [Fact]
    public void What_consent_for_the_new_purpose_came_after_a_rounds_interval_is_left_to_the_next_round_and_told_there()
    {
        _log.Do((state, _) => ReleaseRules.OpenRound(state, state.Deals[Deal]));
        _log.Decide(0, Training(ConsentChoice.Withdraw, 1)).Decide(0, Training(ConsentChoice.Grant, 2));
        See(2, Given.Terms);

        Assert.Empty(_log.PullAll(Deal));
        Assert.Equal([["a"]], _log.PullAll(Deal));
        Assert.Equal("a", Told());
    }

    [Fact]
    public void What_left_for_the_old_purpose_is_recalled_though_consent_carries_the_new_one_and_is_offered_for_it_once()
    {
        Assert.Equal([["a"]], _log.PullAll(Deal));
        See(2, Given.Terms);

        Assert.Empty(LineageRules.HeldOf(_log.State, _log.State.Deals[Deal], 0));
        Assert.Equal([["a"]], _log.PullAll(Deal));
        Assert.Empty(_log.PullAll(Deal));
        Assert.Single(LineageRules.HeldOf(_log.State, _log.State.Deals[Deal], 0));
        Assert.Equal(RecallCause.ScopeNarrowed, Assert.Single(_log.State.Recalls).Recall.Cause);
    }

    [Fact]
    public void A_policy_that_takes_the_old_purpose_away_finds_nothing_of_it_left()
    {
        _log.PullAll(Deal);
        See(2, Given.Terms);
        _log.PullAll(Deal);
        _log.With(new Broker.Domain.Partitions.PolicyAnnounced(Given.OptIn with { Version = 2, Purposes = Purposes.FoundationModelTraining }));

        _log.Do(ConsentDecisions.Sweep);

        Assert.All(LineageRules.HeldOf(_log.State, _log.State.Deals[Deal], 0), held => Assert.Equal(2, held.Slice.Released.ContractVersion));
        Assert.NotEmpty(LineageRules.HeldOf(_log.State, _log.State.Deals[Deal], 0));
    }

    private static ConsentDecision Training(ConsentChoice choice, int hour) =>
        Given.Grant(Given.Start.AddHours(hour)) with { Purposes = Given.Training, Choice = choice };

    private void See(int version, ContractTerms terms) =>
        _log.Do((state, now) => DealEndRules.Revoke(state, Deal, [], (Given.Acme, version, terms), RecallCause.ScopeNarrowed, now));

    private string Told() => string.Join(' ', LineageRules.DeliveriesOf(_log.State, 0).Select(delivery => delivery.Segment.Rows.IdAt(delivery.Row)));
}
