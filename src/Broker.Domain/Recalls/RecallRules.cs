using System.Collections.Immutable;
using Broker.Domain.Consents;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.Domain.Recalls;

/// <summary>When recalls are issued, what they cover, and how they are answered.</summary>
public static class RecallRules
{
    /// <summary>Whether a recall covers a delivery: only what left before the recall's own position, so that a later grant's
    /// delivery, or a record's new version, is never taken back by an older recall.</summary>
    public static bool Covers(PartitionState state, DealLineage deal, IssuedRecall recall, Delivery delivery)
    {
        if (recall.Recall.Deal != deal.Deal || delivery.Slice.Position >= recall.Position) return false;
        var coverage = recall.Recall.Coverage;
        return coverage.Rule switch
        {
            RecallRule.User => coverage.User == delivery.User && coverage.Kinds.Contains(delivery.Segment.Info.Kind),
            RecallRule.Records => coverage.User == delivery.User && Names(coverage.Records, delivery),
            RecallRule.Everything => true,
            RecallRule.NotAdmittedAnyMore => !IsAdmittedAt(state, deal, delivery, recall.Position - 1),
            _ => throw new InvalidOperationException($"Unknown recall rule {coverage.Rule}."),
        };
    }

    /// <summary>The deliveries that a recall covers, in the order of users and rows.</summary>
    public static IEnumerable<Delivery> Covered(PartitionState state, IssuedRecall recall)
    {
        var deal = state.Deals[recall.Recall.Deal];
        var deliveries = recall.Recall.Coverage.User >= 0
            ? LineageRules.DeliveriesOf(state, deal, recall.Recall.Coverage.User)
            : from round in deal.Rounds
              from slice in round.Slices
              where slice.Outcome != SliceOutcome.Dropped && slice.Position < recall.Position
              from delivery in LineageRules.DeliveriesOf(state, deal, slice)
              select delivery;
        return deliveries.Where(delivery => Covers(state, deal, recall, delivery));
    }

    /// <summary>The recalls that follow from one more decision of a user: per deal, the kinds of which it holds something that
    /// the consent that carried it does not carry any more.</summary>
    public static IEnumerable<PartitionEvent> OfWithdrawal(PartitionState state, int user, ConsentDecision decision, DateTimeOffset now, int firstNumber) =>
        OfLoss(state, user, (kind, purposes, partner) => state.Consents.IsInForceAfter(user, decision, kind, purposes, partner), now, firstNumber);

    /// <summary>The recalls that follow from a user's move to another jurisdiction.</summary>
    public static IEnumerable<PartitionEvent> OfMove(PartitionState state, int user, string jurisdiction, DateTimeOffset now, int firstNumber) =>
        OfLoss(state, user, (kind, purposes, partner) => state.Consents.IsInForceAfter(user, jurisdiction, kind, purposes, partner), now, firstNumber);

    private static IEnumerable<PartitionEvent> OfLoss(
        PartitionState state, int user, Func<RecordKind, Purposes, string, bool> isInForceAfter, DateTimeOffset now, int firstNumber)
    {
        var number = firstNumber;
        foreach (var deal in state.Deals.Values)
        {
            var lost = LostKinds(state, deal, user, isInForceAfter);
            if (lost != RecordKinds.None)
                yield return Issue(deal, number++, RecallCause.Withdrawal, RecallCoverage.OfUser(user, lost), now);
        }
    }

    /// <summary>The recalls of a user who is erased: everything that any deal holds of them.</summary>
    public static IEnumerable<PartitionEvent> OfErasure(PartitionState state, int user, DateTimeOffset now)
    {
        var number = state.Recalls.Count + 1;
        foreach (var deal in state.Deals.Values)
            if (LineageRules.HeldOf(state, deal, user).Any())
                yield return Issue(deal, number++, RecallCause.Erasure, RecallCoverage.OfUser(user, RecordKinds.All), now);
    }

    /// <summary>The recalls of removed records: per deal and user, those that the deal holds.</summary>
    public static IEnumerable<PartitionEvent> OfRemovals(PartitionState state, IReadOnlyCollection<RecordRemoved> removals, DateTimeOffset now)
    {
        var number = state.Recalls.Count + 1;
        foreach (var perUser in removals.GroupBy(removal => removal.User))
            foreach (var deal in state.Deals.Values)
                foreach (var (cause, records) in HeldAmong(state, deal, perUser.Key, [.. perUser]))
                    yield return Issue(deal, number++, cause, RecallCoverage.OfRecords(perUser.Key, records), now);
    }

    /// <summary>One recall by rule for each deal that ever got something.</summary>
    public static IEnumerable<PartitionEvent> ByRule(PartitionState state, IEnumerable<DealLineage> deals, RecallCause cause, DateTimeOffset now)
    {
        var number = state.Recalls.Count + 1;
        var rule = cause == RecallCause.DealEnded ? RecallRule.Everything : RecallRule.NotAdmittedAnyMore;
        foreach (var deal in deals)
            if (deal.Rounds.Any(round => round.Slices.Any(slice => slice.Outcome != SliceOutcome.Dropped)))
                yield return Issue(deal, number++, cause, RecallCoverage.ByRule(rule), now);
    }

    /// <summary>A partner answers a recall of its deal; it may answer anew, and what it once said of a model stays said.</summary>
    public static Decision<PartitionEvent> Answer(PartitionState state, string deal, int number, RecallAnswer answer)
    {
        if (number < 1 || number > state.Recalls.Count || state.Recalls[number - 1].Recall.Deal != deal)
            return Decision<PartitionEvent>.Refuse(RefusalReason.NotFound, "The deal has no such recall.", "recall");
        if (answer.Verdict == RecallVerdict.Unspecified)
            return Decision<PartitionEvent>.Refuse(RefusalReason.InvalidValue, "Say what became of the data.", "verdict");
        var recall = state.Recalls[number - 1];
        if (recall.Answer is { } known && known.Verdict == answer.Verdict && known.Reference == answer.Reference) return Decision<PartitionEvent>.Nothing;
        return ValidateReference(state, recall, answer) is { } refusal
            ? Decision<PartitionEvent>.Refuse(refusal)
            : Decision<PartitionEvent>.Of(new RecallAnswered(number, answer));
    }

    /// <summary>Whether nothing is left of a delivery, as far as the partner has said: it attests the deletion, and never said that a
    /// model consumed it.</summary>
    /// <param name="covering">The recalls that cover the delivery.</param>
    public static bool IsDeleted(IReadOnlyCollection<IssuedRecall> covering) =>
        covering.Any(recall => recall.Answer?.Verdict == RecallVerdict.Deleted) && covering.All(recall => recall.RetainedInModels.Count == 0);

    /// <summary>Recalls that are not answered and whose deadline has passed.</summary>
    public static IEnumerable<IssuedRecall> Overdue(PartitionState state, DateTimeOffset now) =>
        state.Recalls.Where(recall => recall.Answer is null && recall.Recall.DueAt <= now);

    private static Refusal? ValidateReference(PartitionState state, IssuedRecall recall, RecallAnswer answer)
    {
        if (answer.Verdict == RecallVerdict.Deleted) return null;
        if (answer.Reference.Length == 0)
            return new(RefusalReason.InvalidValue, "Name the registered training run, or the legal hold.", "reference");
        if (answer.Verdict != RecallVerdict.RetainedInModel) return null;
        var deal = state.Deals[recall.Recall.Deal];
        var runs = deal.TrainingRuns.Where(registered => registered.Id == answer.Reference).ToList();
        if (runs.Count == 0)
            return new(RefusalReason.WrongState, $"No training run '{answer.Reference}' of this deal is registered in this partition.", "reference");
        var consumed = Covered(state, recall).Any(delivery => runs.SelectMany(run => run.Slices).Any(slices => slices.Contains(delivery.Slice.Released.Round, delivery.Slice.Released.Number)));
        return consumed ? null : new(RefusalReason.WrongState, $"Training run '{answer.Reference}' consumed nothing of what is recalled.", "reference");
    }

    private static RecordKinds LostKinds(PartitionState state, DealLineage deal, int user, Func<RecordKind, Purposes, string, bool> isInForceAfter)
    {
        var lost = RecordKinds.None;
        foreach (var delivery in LineageRules.HeldOf(state, deal, user))
        {
            var kind = delivery.Segment.Info.Kind;
            if (lost.Contains(kind)) continue;
            var purposes = deal.TermsOf(delivery.Slice.Released.ContractVersion).Scope.Purposes;
            if (!isInForceAfter(kind, purposes, deal.Partner)) lost |= kind.ToSet();
        }

        return lost;
    }

    private static IEnumerable<(RecallCause Cause, ImmutableArray<RecordRef> Records)> HeldAmong(
        PartitionState state, DealLineage deal, int user, IReadOnlyCollection<RecordRemoved> removals)
    {
        var causes = removals.ToDictionary(
            removal => (removal.SegmentId, removal.Row),
            removal => removal.Cause == RemovalCause.Replaced ? RecallCause.Correction : RecallCause.Deletion);
        return LineageRules.HeldOf(state, deal, user)
            .Where(delivery => causes.ContainsKey((delivery.Segment.Info.Id, delivery.Row)))
            .Select(delivery => delivery.Segment.RefOf(delivery.Row))
            .Distinct()
            .GroupBy(record => causes[(record.SegmentId, record.Row)])
            .Select(group => (group.Key, group.ToImmutableArray()));
    }

    private static bool Names(ImmutableArray<RecordRef> records, Delivery delivery) =>
        records.Contains(delivery.Segment.RefOf(delivery.Row));

    /// <summary>What left stays under the purposes that it left for: where the contract has others now, it is not admitted for those.</summary>
    private static bool IsAdmittedAt(PartitionState state, DealLineage deal, Delivery delivery, long at) =>
        deal.TermsOf(delivery.Slice.Released.ContractVersion).Scope.Purposes == Admission.PurposesAt(deal, at)
        && !state.IsGone(delivery.Segment, delivery.Row, delivery.User, at)
        && Admission.SinceOfRow(state.Consents, deal, delivery.User, delivery.Segment, delivery.Row, at) is not null;

    private static RecallIssued Issue(DealLineage deal, int number, RecallCause cause, RecallCoverage coverage, DateTimeOffset now) =>
        new(new Recall(number, deal.Deal, cause, coverage, now + deal.Contract.Terms.RecallDeadline));
}
