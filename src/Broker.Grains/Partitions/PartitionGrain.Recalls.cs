using Broker.Domain;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using Broker.Grains.Keys;

namespace Broker.Grains.Partitions;

internal sealed partial class PartitionGrain
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<RecallView>> ListRecallsAsync(string deal, int afterNumber, int countMax)
    {
        var pseudonyms = await _pseudonyms.OfDealAsync(Platform, deal, CancellationToken.None);
        return await ReadAsync<IReadOnlyList<RecallView>>((state, _) =>
        [
            .. state.Recalls
                .Skip(Math.Max(0, afterNumber))
                .Where(recall => recall.Recall.Deal == deal)
                .Take(countMax)
                .Select(recall => ToView(state, recall, pseudonyms)),
        ]);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RecalledRecord>> ListRecalledRecordsAsync(int recallNumber, int skip, int countMax) => ReadAsync<IReadOnlyList<RecalledRecord>>((state, _) =>
    [
        .. RecallRules.Covered(state, state.Recalls[recallNumber - 1]).Skip(skip).Take(countMax).Select(ToRecord),
    ]);

    /// <inheritdoc/>
    public Task<Refusal?> AnswerRecallAsync(string deal, int recallNumber, RecallAnswer answer) =>
        ExecuteAsync((state, _) => RecallRules.Answer(state, deal, recallNumber, answer));

    /// <inheritdoc/>
    public Task<Refusal?> RegisterTrainingRunAsync(string deal, TrainingRun run) => ExecuteAsync((state, _) =>
    {
        if (!state.Deals.TryGetValue(deal, out var lineage))
            return Decision<PartitionEvent>.Refuse(RefusalReason.NotFound, "The deal got nothing of this partition.", "slices");
        if (run.Slices.Any(slices => lineage.Slice(slices.Round, slices.First) is null || lineage.Slice(slices.Round, slices.Last) is null || slices.First > slices.Last))
            return Decision<PartitionEvent>.Refuse(RefusalReason.NotFound, "The deal got no such slices of this partition.", "slices");
        return lineage.TrainingRuns.Any(known => known.Id == run.Id && known.Model == run.Model && known.Slices.SequenceEqual(run.Slices))
            ? Decision<PartitionEvent>.Nothing
            : Decision<PartitionEvent>.Of(new TrainingRunRegistered(deal, run));
    });

    /// <inheritdoc/>
    public Task<UserReport?> ReportAsync(string userId) => ReadAsync((state, _) =>
    {
        var user = Users.NumberOf(userId);
        return user < 0 ? null : new UserReport(userId, ConsentOf(state, user, userId), CountsOf(state, user), [.. DeliveriesOf(state, user)]);
    });

    private RecallView ToView(PartitionState state, IssuedRecall recall, Pseudonyms pseudonyms)
    {
        var user = recall.Recall.Coverage.User;
        var covered = RecallRules.Covered(state, recall);
        var ofUser = user >= 0 ? covered.ToList() : []; // by rule it may be everything that a deal got: counted, never held
        return new(
            recall.Recall.Number,
            recall.Recall.Deal,
            recall.Recall.Cause,
            AuthorFor(user, ofUser, pseudonyms),
            user >= 0 ? ofUser.Count : covered.Count(),
            recall.IssuedAt,
            recall.Recall.DueAt,
            recall.Answer,
            recall.AnsweredAt);
    }

    /// <summary>The user as the deal got them with what is recalled; by the strictest form where it got them in several, or the recall would
    /// say whose the other records are.</summary>
    private string? AuthorFor(int user, List<Delivery> covered, Pseudonyms pseudonyms)
    {
        if (covered.Count == 0 || Users.IdOf(user) is not { } userId) return null;
        var policies = covered.Select(delivery => delivery.Slice).Distinct().SelectMany(covered[0].Deal.FieldsOf).ToList();
        if (policies.Exists(fields => (fields.Dropped & RecordFields.Author) != 0)) return null;
        return policies.Exists(fields => (fields.Pseudonymised & RecordFields.Author) != 0) ? pseudonyms.Of(RecordFields.Author, userId) : userId;
    }

    private static RecalledRecord ToRecord(Delivery delivery) => new(
        delivery.Segment.Rows.IdAt(delivery.Row),
        delivery.Segment.Info.Kind,
        delivery.Segment.AddedAt(delivery.Row),
        delivery.Slice.Released.Round,
        delivery.Slice.Released.Number,
        delivery.Segment.Info.Dataset);

    private static IReadOnlyList<KindCount> CountsOf(PartitionState state, int user)
    {
        var counts = new SortedDictionary<RecordKind, long>();
        foreach (var segment in state.Segments)
            for (var row = segment.Rows.FirstRowOf(user); row < segment.Rows.Count && segment.Rows.UserAt(row) == user; row++)
                if (!state.IsGone(segment, row, user, long.MaxValue))
                    counts[segment.Info.Kind] = counts.GetValueOrDefault(segment.Info.Kind) + 1;
        return [.. counts.Select(pair => new KindCount(pair.Key, pair.Value))];
    }

    private static IEnumerable<UserDelivery> DeliveriesOf(PartitionState state, int user) =>
        from delivery in LineageRules.DeliveriesOf(state, user)
        group delivery by (delivery.Deal, Version: delivery.Slice.Released.ContractVersion, delivery.Segment.Info.Kind) into part
        select ToReport(state, part.Key.Deal, part.Key.Version, part.Key.Kind, [.. part]);

    private static UserDelivery ToReport(PartitionState state, DealLineage deal, int version, RecordKind kind, List<Delivery> deliveries)
    {
        var recalls = deliveries.ConvertAll(delivery => LineageRules.RecallsOf(state, deal, delivery).ToList());
        var answers = recalls.SelectMany(covering => covering).Select(recall => recall.Answer).OfType<RecallAnswer>().Distinct().ToList();
        var deleted = recalls.Count(RecallRules.IsDeleted);
        return new UserDelivery(
            deal.Deal,
            deal.Partner,
            version,
            deal.TermsOf(version).Scope.Purposes,
            kind,
            deliveries.Count,
            deliveries.Min(delivery => delivery.Slice.ReleasedAt),
            deliveries.Max(delivery => delivery.Slice.ReleasedAt),
            recalls.Count(covering => covering.Count > 0),
            deleted,
            [.. recalls.SelectMany(covering => covering).SelectMany(recall => recall.RetainedInModels).Distinct()],
            [.. answers.Where(answer => answer.Verdict == RecallVerdict.LegalHold).Select(answer => answer.Reference).Distinct()],
            deleted < deliveries.Count);
    }
}
