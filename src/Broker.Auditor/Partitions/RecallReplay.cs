using Broker.Auditor.Consents;
using Broker.Protos.Log.V1;

namespace Broker.Auditor.Partitions;

/// <summary>Proves that what consent does not carry any more is recalled in the same append, and that a recall names something that left.</summary>
/// <remarks>What a withdrawal touches is looked at when the entries that belong to it are over: at the first entry of another
/// kind, or at the log's end.</remarks>
internal sealed class RecallReplay(ConsentReplay consents, PullReplay pulls, RowBook? rows, LogFindings findings)
{
    private readonly List<(PartitionDeal Deal, RecallIssued Recall)> _issued = [];
    private readonly HashSet<int> _answered = [];
    private readonly HashSet<(Slice Slice, int User)> _recalled = [];
    private readonly SortedDictionary<int, long> _touched = [];
    private readonly Dictionary<string, long> _awaited = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _changed = new(StringComparer.Ordinal);

    public long Issued => _issued.Count;

    public long Answered => _answered.Count;

    /// <summary>When the answers are due that have not come.</summary>
    public IEnumerable<long> UnansweredDueTicks =>
        _issued.Where(issued => !_answered.Contains(issued.Recall.Number)).Select(issued => issued.Recall.DueAtTicks);

    /// <summary>Something of the user changed: what deals hold of them must be looked at.</summary>
    public void Touch(int user) => _touched.TryAdd(user, findings.Position);

    /// <summary>The deal's contract changed: what it holds and the new version does not license must be looked at.</summary>
    public void TouchDeal(string deal) => _changed.TryAdd(deal, findings.Position);

    /// <summary>Every deal that got anything must be told by rule.</summary>
    public void TouchEveryDeal()
    {
        foreach (var deal in pulls.Deals.Values)
            if (deal.Sent.Any())
                _awaited.TryAdd(deal.Deal, findings.Position);
    }

    public void Apply(RecallIssued issued, VerifiedPlace place)
    {
        findings.Check(issued.Number == _issued.Count + 1, Promise.Order, $"Recall {issued.Number} was issued where {_issued.Count + 1} is next.");
        if (pulls.Find(issued.Deal) is not { } deal) return;
        var latest = place.Ticks + deal.Contract.Terms.RecallDeadlineTicks;
        findings.Check(issued.DueAtTicks <= latest, Promise.Recalls, $"Recall {issued.Number} to deal {issued.Deal} is due later than the contract's deadline.");
        findings.Check(NamesWhatLeft(deal, issued), Promise.Recalls, $"Recall {issued.Number} to deal {issued.Deal} names nothing that the deal ever got.");
        _issued.Add((deal, issued));
        deal.Recalls.Add((findings.Position, issued));
        if (!issued.HasUser) _awaited.Remove(issued.Deal);
    }

    public void Apply(RecallAnswered answered)
    {
        if (!findings.Check(answered.Number >= 1 && answered.Number <= _issued.Count, Promise.Order, $"Recall {answered.Number} was answered and never issued.")) return;
        var deal = _issued[answered.Number - 1].Deal;
        var isKnown = answered.Verdict switch
        {
            RecallVerdict.Deleted => true,
            RecallVerdict.RetainedInModel => deal.TrainingRuns.ContainsKey(answered.Reference),
            RecallVerdict.LegalHold => answered.Reference.Length > 0,
            _ => false,
        };
        findings.Check(isKnown, Promise.Recalls, $"The answer to recall {answered.Number} names no training run or hold that is known.");
        _answered.Add(answered.Number);
    }

    public void Apply(TrainingRunRegistered registered)
    {
        if (pulls.Find(registered.Deal) is { } deal) deal.TrainingRuns[registered.RunId] = registered;
    }

    /// <summary>The entries that belong to a withdrawal are over: everything that follows from it must stand.</summary>
    public void Close()
    {
        foreach (var (deal, position) in _awaited)
            findings.Add(Promise.Recalls, position, $"A policy that takes something away came in force, and deal {deal} was told nothing.");
        if (rows is not null) Close(rows);
        _awaited.Clear();
        _touched.Clear();
        _changed.Clear();
    }

    private void Close(RowBook book)
    {
        foreach (var (user, position) in _touched)
            foreach (var deal in pulls.Deals.Values)
                CheckHeld(book, deal, user, position);
        foreach (var (deal, position) in _changed) CheckLicensed(book, pulls.Deals[deal], position);
    }

    private void CheckLicensed(RowBook book, PartitionDeal deal, long position)
    {
        var terms = deal.Contract.Terms;
        var left = from slice in deal.Sent
                   from user in Enumerable.Range(slice.From.NextUser, slice.To.User - slice.From.NextUser + 1)
                   from row in book.Delivered(deal, slice, user)
                   where !terms.Admits(row.Segment.Dataset, row.Segment.Kind, row.Row) && !IsRecalled(book, deal, slice, row)
                   select (slice, row);
        foreach (var (slice, row) in left.Take(1))
            findings.Add(
                Promise.Recalls, position,
                $"Deal {deal.Deal}'s version {deal.Contract.Version} does not license row {row.Row.Row} of segment {row.Segment.Id} any more, which slice {slice.Number} delivered, and no recall was issued.");
    }

    // What was recalled stays recalled: a slice of which all that the user had is recalled is not looked at again, however often they change their mind.
    private void CheckHeld(RowBook book, PartitionDeal deal, int user, long position)
    {
        foreach (var slice in deal.Sent.Where(slice => slice.Reaches(user) && !_recalled.Contains((slice, user))))
        {
            var isRecalled = true;
            foreach (var row in book.Delivered(deal, slice, user).Where(row => !IsRecalled(book, deal, slice, row)))
            {
                isRecalled = false;
                if (Carries(book, deal, slice, row)) continue;
                findings.Add(
                    Promise.Recalls, position,
                    $"Deal {deal.Deal} holds what user {user}'s consent does not carry any more, and no recall was issued: row {row.Row.Row} of segment {row.Segment.Id}, by slice {slice.Number}.");
                return;
            }

            if (isRecalled) _recalled.Add((slice, user));
        }
    }

    private bool Carries(RowBook book, PartitionDeal deal, Slice slice, PlacedRow row) =>
        !book.IsGone(row, long.MaxValue)
        && deal.TermsOf(slice.ContractVersion) is { } terms
        && consents.Since(row.User, row.Segment.Kind, terms.Purposes, deal.Partner, long.MaxValue) is not null;

    private static bool IsRecalled(RowBook book, PartitionDeal deal, Slice slice, PlacedRow row) =>
        deal.Recalls.FindLastIndex(recall => recall.Position > slice.Place.Position && Covers(book, deal, recall.Position, recall.Recall, slice, row)) >= 0;

    private static bool Covers(RowBook book, PartitionDeal deal, long position, RecallIssued recall, Slice slice, PlacedRow row) => recall.Rule switch
    {
        RecallRule.User => recall.User == row.User && Masks.Has(recall.Kinds, row.Segment.Kind),
        RecallRule.Records => recall.User == row.User && recall.Records.Any(record => IsSame(record, row)),
        RecallRule.Everything => true,
        RecallRule.NotAdmittedAnyMore => !book.IsAdmitted(deal, slice, row, position - 1),
        _ => false,
    };

    private static bool IsSame(RecordRef record, PlacedRow row) =>
        row.Name is var name && record.SegmentId == name.SegmentId && record.Row == name.Row && record.AddedPosition == name.AddedPosition;

    private bool NamesWhatLeft(PartitionDeal deal, RecallIssued recall)
    {
        if (recall.Rule is RecallRule.Everything or RecallRule.NotAdmittedAnyMore) return deal.Sent.Any();
        var reaching = deal.Sent.Where(slice => slice.Reaches(recall.User));
        if (rows is { } book)
            return reaching.Any(slice => book.Delivered(deal, slice, recall.User).Any(row => Covers(book, deal, findings.Position, recall, slice, row)));
        return recall.Rule == RecallRule.Records
            ? recall.Records.All(record => reaching.Any(slice => record.AddedPosition <= slice.IntervalTo))
            : reaching.Any(slice => (deal.TermsOf(slice.ContractVersion)?.Kinds & recall.Kinds & ~slice.ExcludedKindsOf(recall.User)) is not (null or 0));
    }
}
