using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;
using CsCheck;

namespace Broker.Domain.Tests.Lineage;

/// <summary>Any sequence of commands to a partition: what the lineage tells from the log alone, beside what was selected at each release.</summary>
public sealed class LineageProperties
{
    [Fact]
    public void Every_slice_ever_released_is_told_record_by_record_whatever_has_happened_since()
    {
        var (released, dropped, resent, recalled) = (0, 0, 0, 0);
        PartitionStep.Some.Sample(CheckSlices, iter: 2_000);
        // The commands reach what the lineage is for.
        Assert.True(released > 500 && dropped > 50 && resent > 50 && recalled > 50, $"{released} slices, {dropped} dropped, {resent} sent again, {recalled} recalls");

        void CheckSlices(PartitionStep[] steps)
        {
            var log = Ran(steps);
            Interlocked.Add(ref released, log.Sent.Count);
            Interlocked.Add(ref dropped, SlicesOf(log.State).Count(slice => slice.Slice.Outcome == SliceOutcome.Dropped));
            Interlocked.Add(ref resent, SlicesOf(log.State).Sum(slice => slice.Slice.Resends));
            Interlocked.Add(ref recalled, log.State.Recalls.Count);
            foreach (var state in new[] { log.State, log.Replay() })
                foreach (var (deal, slice) in SlicesOf(state))
                {
                    var ids = IdsOf(LineageRules.DeliveriesOf(state, deal, slice));
                    var sent = log.Sent[(deal.Deal, slice.Released.Round, slice.Released.Number)];
                    Assert.Equal(sent.Zip(ids, (was, now) => now.Length == 0 ? "" : was), ids);
                    Assert.Equal(slice.Released.Amounts.Records, ids.Length);
                    if (!ids.Contains("")) Assert.Equal(slice.Released.Digest, DigestOf(ids));
                    else Assert.Contains(LineageRules.DeliveriesOf(state, deal, slice), delivery => state.KeysDestroyed.Contains(delivery.User));
                }
        }
    }

    [Fact]
    public void Asked_by_user_it_tells_the_same_as_asked_by_slice_and_what_was_dropped_went_to_nobody() => PartitionStep.Some.Sample(
        steps =>
        {
            var log = Ran(steps);
            foreach (var state in new[] { log.State, log.GoOn(PartitionState.Restore(log.State.Freeze())).State })
            {
                var byUser = Enumerable.Range(0, state.Consents.UserCount).SelectMany(user => LineageRules.DeliveriesOf(state, user).Select(Name));
                var bySlice = from delivered in SlicesOf(state)
                              where delivered.Slice.Outcome != SliceOutcome.Dropped
                              from delivery in LineageRules.DeliveriesOf(state, delivered.Deal, delivered.Slice)
                              select Name(delivery);
                Assert.Equal(bySlice.Order(), byUser.Order());
            }
        },
        iter: 2_000);

    [Fact]
    public void No_record_goes_to_a_deal_that_holds_it() => PartitionStep.Some.Sample(
        steps =>
        {
            var (log, sent) = (PartitionStep.Begun(), 0);
            foreach (var step in steps)
            {
                var held = HeldBy(log.State);
                step.Do(log);
                if (log.Sent.Count == sent) continue;
                var (slice, ids) = log.Sent.Last();
                Assert.DoesNotContain(ids, id => held.Contains((slice.Deal, id)));
                sent = log.Sent.Count;
            }
        },
        iter: 2_000);

    [Fact]
    public void What_a_deal_holds_of_somebody_is_what_their_consent_still_carries_for_the_purposes_that_it_left_for() => PartitionStep.Some.Sample(
        steps =>
        {
            var log = PartitionStep.Begun();
            foreach (var step in steps)
            {
                step.Do(log);
                foreach (var held in Held(log.State))
                {
                    var purposes = held.Deal.TermsOf(held.Slice.Released.ContractVersion).Scope.Purposes;
                    var (kind, at) = (held.Segment.Info.Kind, log.State.Position);
                    Assert.NotNull(log.State.Consents.Since(held.User, kind, purposes, held.Deal.Partner, at));
                    Assert.False(log.State.IsGone(held.Segment, held.Row, held.User, log.State.Position));
                }
            }
        },
        iter: 2_000);

    [Fact]
    public void A_recall_covers_what_left_before_it_and_never_more_or_less_whatever_comes_after() => PartitionStep.Some.Sample(
        steps =>
        {
            var log = PartitionStep.Begun();
            var covered = new List<(string Name, SliceName Slice)[]>();
            foreach (var step in steps)
            {
                step.Do(log);
                foreach (var recall in log.State.Recalls.Skip(covered.Count))
                {
                    var deliveries = RecallRules.Covered(log.State, recall).ToList();
                    Assert.All(deliveries, delivery => Assert.True(delivery.Slice.Position < recall.Position));
                    covered.Add([.. deliveries.Select(delivery => (Name(delivery), NameOf(delivery)))]);
                }
            }

            var dropped = SlicesOf(log.State).Where(slice => slice.Slice.Outcome == SliceOutcome.Dropped).Select(NameOf).ToHashSet();
            foreach (var (index, recall) in log.State.Recalls.Index())
                Assert.Equal(
                    covered[index].Where(delivery => !dropped.Contains(delivery.Slice)).Select(delivery => delivery.Name).Order(),
                    RecallRules.Covered(log.State, recall).Select(Name).Order());
        },
        iter: 2_000);

    [Fact]
    public void A_rounds_slices_and_what_is_left_of_it_are_the_whole_walk_and_no_place_twice() => PartitionStep.Some.Sample(
        steps =>
        {
            var state = Ran(steps).State;
            foreach (var round in state.Deals.Values.SelectMany(deal => deal.Rounds))
            {
                var ranges = round.Slices.Where(slice => slice.Outcome != SliceOutcome.Dropped)
                    .Select(slice => (slice.Released.From, slice.Released.To))
                    .Concat(round.Ranges)
                    .Where(range => range.From != range.To)
                    .OrderBy(range => range.From)
                    .ToList();
                var reached = PullCursor.Start;
                foreach (var (from, to) in ranges)
                {
                    Assert.Equal(reached, from);
                    Assert.True(from < to);
                    reached = to;
                }

                Assert.Equal(PullCursor.End, reached);
            }
        },
        iter: 2_000);

    private static PartitionLog Ran(PartitionStep[] steps)
    {
        var log = PartitionStep.Begun();
        foreach (var step in steps) step.Do(log);
        return log;
    }

    private static IEnumerable<(DealLineage Deal, DeliveredSlice Slice)> SlicesOf(PartitionState state) =>
        from deal in state.Deals.Values
        from round in deal.Rounds
        from slice in round.Slices
        select (deal, slice);

    private static IEnumerable<Delivery> Held(PartitionState state) =>
        from deal in state.Deals.Values
        from user in Enumerable.Range(0, state.Consents.UserCount)
        from delivery in LineageRules.HeldOf(state, deal, user)
        select delivery;

    private static HashSet<(string Deal, string Id)> HeldBy(PartitionState state) =>
        [.. Held(state).Select(delivery => (delivery.Deal.Deal, delivery.Segment.Rows.IdAt(delivery.Row)))];

    private static string[] IdsOf(IEnumerable<Delivery> deliveries) =>
        [.. deliveries.OrderBy(delivery => delivery.User).ThenBy(delivery => delivery.Segment.Rows.KeyAt(delivery.Row)).Select(delivery => delivery.Segment.Rows.IdAt(delivery.Row))];

    private static IEnumerable<byte> DigestOf(IEnumerable<string> ids)
    {
        using var digest = new SliceDigest();
        foreach (var id in ids) digest.Add(id);
        return digest.Finish();
    }

    private static string Name(Delivery delivery) => $"{NameOf(delivery)} {delivery.User} {delivery.Segment.Rows.KeyAt(delivery.Row)} {delivery.Segment.AddedAt(delivery.Row)}";

    private static SliceName NameOf(Delivery delivery) => NameOf((delivery.Deal, delivery.Slice));

    private static SliceName NameOf((DealLineage Deal, DeliveredSlice Slice) delivered) =>
        new(delivered.Deal.Deal, delivered.Slice.Released.Round, delivered.Slice.Released.Number);

    private readonly record struct SliceName(string Deal, int Round, int Number);
}
