using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;

namespace Broker.Domain.Tests.Lineage;

/// <summary>A record that goes to a deal again after it was recalled is another delivery, which the old recall does not take back.</summary>
public sealed class RedeliveryTests
{
    private const string Deal = "d";
    private readonly PartitionLog _log = new PartitionLog().WithPolicy(Given.OptIn).WithUsers(1).Decide(0, Given.Grant(Given.Start));

    public RedeliveryTests()
    {
        _log.WithRows(Given.Posts, new Row("a", 0));
        _log.See(Deal, Given.Terms);
        _log.PullAll(Deal);
    }

    [Fact]
    public void Who_withdrew_and_consents_again_is_delivered_again_and_the_recall_stays_with_the_first_delivery()
    {
        Decide(Given.Withdrawal(Given.Start.AddHours(1)));
        Assert.Empty(Held());
        Decide(Given.Grant(Given.Start.AddHours(2)));
        Assert.Equal([["a"]], _log.PullAll(Deal));

        Assert.Equal([1, 2], LineageRules.DeliveriesOf(_log.State, 0).Select(delivery => delivery.Slice.Released.Round));
        Assert.Equal([2], Held());
        Assert.Equal([1], RecallRules.Covered(_log.State, Assert.Single(_log.State.Recalls)).Select(delivery => delivery.Slice.Released.Round));
    }

    [Fact]
    public void A_second_withdrawal_recalls_the_second_delivery_by_a_recall_of_its_own()
    {
        Decide(Given.Withdrawal(Given.Start.AddHours(1)));
        Decide(Given.Grant(Given.Start.AddHours(2)));
        _log.PullAll(Deal);
        Decide(Given.Withdrawal(Given.Start.AddHours(3)));

        Assert.Empty(Held());
        Assert.Equal(2, _log.State.Recalls.Count);
        Assert.Equal([1, 2], RecallRules.Covered(_log.State, _log.State.Recalls[1]).Select(delivery => delivery.Slice.Released.Round));
    }

    [Fact]
    public void A_records_new_version_is_not_taken_back_by_the_recall_of_the_old_one()
    {
        var old = _log.Removal("a", RemovalCause.Replaced);
        var rows = new ArrayRows("edited", Given.Posts, [new Row("a", 0, CreatedAtMs: 1)]);
        _log.Attach(rows);
        _log.Do((state, now) => DatasetRules.CommitImport(state, "edit", state.ManifestPosition, [rows.Info], [old], now));
        Assert.Equal([["a"]], _log.PullAll(Deal));

        Assert.Equal([2], Held());
        Assert.Equal("edited", LineageRules.HeldOf(_log.State, _log.State.Deals[Deal], 0).Single().Segment.Info.Id);
    }

    [Fact]
    public void A_users_slices_are_told_oldest_first_where_the_place_of_a_dropped_one_was_walked_again()
    {
        var (deal, one) = ("slow", Amounts.Largest with { Records = 1 });
        _log.WithRows(Given.Posts, new Row("b", 0, CreatedAtMs: 1), new Row("c", 0, CreatedAtMs: 2));
        _log.See(deal, Given.Terms);
        _log.Do((state, _) => ReleaseRules.OpenRound(state, state.Deals[deal]));
        string[]?[] released = [_log.ReleaseNext(deal, one), _log.ReleaseNext(deal, one), _log.ReleaseNext(deal, one)];
        _log.Do((state, _) => ReleaseRules.ConfirmDropped(state.Deals[deal], 1, 1));
        Assert.Equal([["a"], ["b"], ["c"], ["a"]], released.Append(_log.ReleaseNext(deal, one)));

        foreach (var state in new[] { _log.State, _log.GoOn(PartitionState.Restore(_log.State.Freeze())).State })
            Assert.Equal([(2, "b"), (3, "c"), (4, "a")], LineageRules.DeliveriesOf(state, state.Deals[deal], 0).Select(delivery => (delivery.Slice.Released.Number, delivery.Segment.Rows.IdAt(delivery.Row))));
    }

    private void Decide(ConsentDecision decision)
    {
        _log.Now = decision.MadeAt;
        _log.Do((state, now) => ConsentDecisions.Decide(state, 0, decision, now));
    }

    private IEnumerable<int> Held() => LineageRules.HeldOf(_log.State, _log.State.Deals[Deal], 0).Select(delivery => delivery.Slice.Released.Round);
}
