using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;
using CsCheck;

namespace Broker.Domain.Tests.Releases;

/// <summary>Goal: with filters, whichever and in whichever order, nothing is skipped for ever and nothing is released twice. Method: any history of a
/// partition, pulled whole or in part with any filters; what is held is compared with what is admitted, recomputed row by row without any round.</summary>
public sealed class FilterProperties
{
    private const string Deal = "d";

    private static readonly ContractTerms Wide = Given.Terms with { Scope = Given.Terms.Scope with { Datasets = [Given.Posts, Given.Archive] } };

    private static readonly ContractTerms[] Versions =
    [
        Wide,
        Wide with { Scope = Wide.Scope with { Kinds = RecordKinds.Post | RecordKinds.Comment } },
        Wide with { Scope = Wide.Scope with { Languages = ["en"] } },
        Wide with { Scope = Wide.Scope with { Purposes = Purposes.Evaluation } },
    ];

    private static readonly Gen<(Verb Verb, int First, int Second, PullFilter Filter)[]> Histories = Gen.Select(
        Gen.Frequency((4, Verb.Add), (4, Verb.Grant), (2, Verb.Withdraw), (1, Verb.Remove), (1, Verb.Amend), (4, Verb.Pull), (3, Verb.PullSome), (1, Verb.Drop)),
        Gen.Int[0, 40],
        Gen.Int[0, 40],
        FilterGen.Any,
        (verb, first, second, filter) => (verb, first, second, filter)).Array[0, 30];

    [Fact]
    public void A_pull_that_comes_to_its_end_has_brought_all_that_it_asks_for_nothing_else_and_nothing_that_was_held()
    {
        var (ends, refusals, again) = (0, 0, 0);
        Histories.Sample(Check, iter: 3_000);
        Assert.True(ends > 3_000 && refusals > 300 && again > 300, $"{ends} came to their end, {refusals} were refused, {again} brought what a filter had left out");

        void Check((Verb Verb, int First, int Second, PullFilter Filter)[] steps)
        {
            var log = Begun();
            foreach (var (verb, first, second, filter) in steps)
            {
                if (verb is not (Verb.Pull or Verb.PullSome))
                {
                    Do(log, verb, first, second);
                    continue;
                }

                var before = Held(log.State);
                var sent = log.Sent.Count;
                var isAtEnd = Pull(log, filter, verb == Verb.Pull ? int.MaxValue : 1 + (second % 2), out var isRefused);
                var brought = log.Sent.Skip(sent).SelectMany(slice => slice.Value).ToList();
                Assert.All(brought, id => Assert.True(Admits(filter, log.Find(id)), $"{id} came, and {filter} was asked for"));
                Assert.Equal(brought.Count, brought.Distinct().Count());
                Assert.DoesNotContain(brought, before.Contains);
                if (isAtEnd) Assert.Subset(Held(log.State), Admitted(log.State, filter));
                if (isRefused) Interlocked.Increment(ref refusals);
                if (isAtEnd) Interlocked.Increment(ref ends);
                if (isAtEnd && filter.IsEverything && log.State.Deals[Deal].Rounds.Count > 1 && brought.Count > 0) Interlocked.Increment(ref again);
            }

            // Whatever was pulled before, one pull without a filter leaves nothing behind.
            Assert.True(Pull(log, PullFilter.Everything, int.MaxValue, out _));
            Assert.Equal(Admitted(log.State, PullFilter.Everything).Order(), Held(log.State).Order());
        }
    }

    [Fact]
    public void Pulls_with_filters_and_one_without_bring_together_what_one_without_brings_alone() => FilterGen.Any.Array[1, 8].Sample(
        filters =>
        {
            var (parts, whole) = (Begun(), Begun());
            foreach (var log in new[] { parts, whole })
            {
                for (var add = 0; add < 6; add++) Do(log, Verb.Add, add, 7 * add);
                for (var user = 0; user < 3; user++) Do(log, Verb.Grant, user, 0);
            }

            foreach (var filter in filters) Assert.True(Pull(parts, filter, int.MaxValue, out _));
            foreach (var log in new[] { parts, whole }) Assert.True(Pull(log, PullFilter.Everything, int.MaxValue, out _));
            Assert.Equal(whole.Sent.SelectMany(slice => slice.Value).Order(), parts.Sent.SelectMany(slice => slice.Value).Order());
        },
        iter: 500);

    [Fact]
    public void What_rounds_remember_is_the_same_after_a_replay_and_from_a_snapshot() => Histories.Sample(
        steps =>
        {
            var log = Begun();
            foreach (var (verb, first, second, filter) in steps)
            {
                if (verb is Verb.Pull or Verb.PullSome) Pull(log, filter, 1 + second, out _);
                else Do(log, verb, first, second);
            }

            var other = log.GoOn(PartitionState.Restore(log.State.Freeze()));
            foreach (var state in new[] { other.State, log.Replay() })
            {
                Assert.Equal(log.State.Deals[Deal].Covers.AsEnumerable(), state.Deals[Deal].Covers);
                Assert.Equal(log.State.Deals[Deal].CoveredUpTo, state.Deals[Deal].CoveredUpTo);
                Assert.Equal(Held(log.State).Order(), Held(state).Order());
            }

            Pull(log, PullFilter.Everything, int.MaxValue, out _);
            Pull(other, PullFilter.Everything, int.MaxValue, out _);
            Assert.Equal(Held(log.State).Order(), Held(other.State).Order());
        },
        iter: 500);

    [Fact]
    public void A_filter_within_another_admits_nothing_that_the_other_leaves_out() => Gen.Select(
        FilterGen.Any, FilterGen.Any, FilterGen.One(Given.Posts, Given.Archive), FilterGen.One(RecordKind.Post, RecordKind.Like, RecordKind.Comment), FilterGen.One("", "de", "en"), Gen.Long[0, 7]).Sample(
        (inner, outer, dataset, kind, language, created) =>
        {
            if (inner.IsWithin(outer) && inner.Admits(dataset, kind, language, created)) Assert.True(outer.Admits(dataset, kind, language, created));
            if (inner.Admits(dataset, kind, language, created)) Assert.True(inner.AdmitsAny(dataset, kind));
            Assert.True(inner.IsWithin(inner) && inner.IsWithin(PullFilter.Everything) && (inner.IsEverything || !PullFilter.Everything.IsWithin(inner)));
        },
        iter: 20_000);

    private static PartitionLog Begun()
    {
        var log = new PartitionLog().With(new PartitionCreated("x", 0, 1)).WithPolicy(Given.OptIn).WithUsers(3).Decide(0, Given.Grant(Given.Start));
        log.See(Deal, Wide);
        return log;
    }

    private static void Do(PartitionLog log, Verb verb, int first, int second)
    {
        var deal = log.State.Deals[Deal];
        switch (verb)
        {
            case Verb.Add:
                var kind = new[] { RecordKind.Post, RecordKind.Like, RecordKind.Comment }[first % 3];
                var rows = Enumerable.Range(0, 1 + (second % 4)).Select(row => new Row(
                    $"r{log.State.Position}-{row}", (first + (row * second)) % 3, kind, (second + row) % 7, (first + row) % 3 == 0 ? "de" : (first + row) % 3 == 1 ? "en" : ""));
                log.WithSegment(first % 2 == 0 ? Given.Posts : Given.Archive, rows);
                break;
            case Verb.Grant or Verb.Withdraw:
                var decision = verb == Verb.Grant ? Given.Grant(log.Now.AddTicks(log.State.Position)) : Given.Withdrawal(log.Now.AddTicks(log.State.Position));
                log.Do((state, now) => ConsentDecisions.Decide(state, first % 3, decision with { Kinds = second % 3 == 0 ? RecordKinds.Post : RecordKinds.All }, now));
                break;
            case Verb.Remove when log.State.Segments.Count > 0:
                var segment = log.State.Segments[first % log.State.Segments.Count];
                if (!segment.IsRemovedAt(second % segment.Rows.Count, log.State.Position)) log.Remove(segment.Rows.IdAt(second % segment.Rows.Count));
                break;
            case Verb.Amend:
                log.Do((state, now) => DealEndRules.Revoke(state, Deal, [], (Given.Acme, deal.Contract.Version + 1, Versions[first % Versions.Length]), RecallCause.ScopeNarrowed, now));
                break;
            case Verb.Drop when deal.OpenRound is { Slices.Count: > 0 } round:
                log.Do((_, _) => ReleaseRules.ConfirmDropped(deal, round.Number, 1 + (second % round.Slices.Count)));
                break;
        }
    }

    /// <summary>Pulls as a partition's grain does: what is open is finished first, where the pull asks for it.</summary>
    /// <returns>Whether it came to its end.</returns>
    private static bool Pull(PartitionLog log, PullFilter filter, int slicesMax, out bool isRefused)
    {
        var deal = log.State.Deals[Deal];
        isRefused = ReleaseRules.RefuseRound(deal, filter) is not null;
        if (isRefused) return false;
        for (var hasOpened = false; ;)
        {
            if (deal.OpenRound is null)
            {
                if (hasOpened || log.Do((state, _) => ReleaseRules.OpenRound(state, deal, filter)).Events.IsEmpty) return true;
                hasOpened = true;
            }

            for (; log.ReleaseNext(Deal, Amounts.Largest with { Records = 2 }) is not null; slicesMax--)
                if (slicesMax <= 1)
                    return false;
            log.Do((_, _) => ReleaseRules.FinishRound(deal, deal.OpenRound!));
        }
    }

    private static HashSet<string> Held(PartitionState state) =>
    [
        .. from user in Enumerable.Range(0, state.Consents.UserCount)
           from delivery in LineageRules.HeldOf(state, state.Deals[Deal], user)
           select delivery.Segment.Rows.IdAt(delivery.Row),
    ];

    private static HashSet<string> Admitted(PartitionState state, PullFilter filter) =>
    [
        .. from segment in state.Segments
           from row in Enumerable.Range(0, segment.Rows.Count)
           let user = segment.Rows.UserAt(row)
           where !state.IsGone(segment, row, user, state.Position)
               && Admission.SinceOfRow(state.Consents, state.Deals[Deal], user, segment, row, state.Position) is not null
               && Admits(filter, (segment, row))
           select segment.Rows.IdAt(row),
    ];

    private static bool Admits(PullFilter filter, (PartitionSegment Segment, int Row) place) => filter.Admits(
        place.Segment.Info.Dataset, place.Segment.Info.Kind, place.Segment.Rows.LanguageAt(place.Row), place.Segment.Rows.KeyAt(place.Row).CreatedAtMs);

    private enum Verb
    {
        Add,
        Grant,
        Withdraw,
        Remove,
        Amend,
        Pull,
        PullSome,
        Drop,
    }
}
