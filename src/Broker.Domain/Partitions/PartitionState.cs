using System.Collections.Immutable;
using Broker.Domain.Consents;
using Broker.Domain.Lineage;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;

namespace Broker.Domain.Partitions;

/// <summary>Everything that a partition's log says, folded. Changed by applying entries alone.</summary>
public sealed partial class PartitionState
{
    private readonly Dictionary<string, DealLineage> _deals = new(StringComparer.Ordinal);
    private readonly List<PartitionSegment> _segments = [];
    private readonly Dictionary<string, PartitionSegment> _segmentsById = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SegmentRows> _openRows = new(StringComparer.Ordinal);
    private readonly Dictionary<(string SegmentId, string Tokenizer), TokenCounts> _openCounts = [];
    private readonly HashSet<string> _voided = new(StringComparer.Ordinal);
    private readonly Dictionary<int, long> _erased = [];
    private readonly HashSet<int> _keysDestroyed = [];
    private readonly List<GoneUser> _gone = [];
    private readonly List<RetiredSegment> _retired = [];
    private readonly HashSet<string> _suppressed = new(StringComparer.Ordinal);
    private readonly List<IssuedRecall> _recalls = [];
    private readonly List<ImmutableArray<byte>> _sealedIds = [];

    /// <summary>The first entry, or null in an empty log.</summary>
    public PartitionCreated? Created { get; private set; }

    /// <summary>Position of the last applied entry; 0 at first.</summary>
    public long Position { get; private set; }

    /// <summary>Position of the last entry that changed which records there are.</summary>
    public long ManifestPosition { get; private set; }

    /// <summary>Position of the last entry that may have changed what of its records is available to anybody: consent and policies, records and
    /// their tokens, contracts. Of a restored state, where it was frozen.</summary>
    public long OfferPosition { get; private set; }

    /// <summary>Users and their consent.</summary>
    public ConsentBook Consents { get; private init; } = new();

    /// <summary>Every segment that holds something now, oldest first; a merged one stands where the first of its inputs stood.</summary>
    public IReadOnlyList<PartitionSegment> Segments => _segments;

    /// <summary>Every deal that this partition knows, by id.</summary>
    public IReadOnlyDictionary<string, DealLineage> Deals => _deals;

    /// <summary>Every recall; number n is at index n − 1.</summary>
    public IReadOnlyList<IssuedRecall> Recalls => _recalls;

    /// <summary>The users' sealed platform ids, by number.</summary>
    public IReadOnlyList<ImmutableArray<byte>> SealedIds => _sealedIds;

    /// <summary>Erased users and the position of their erasure.</summary>
    public IReadOnlyDictionary<int, long> Erased => _erased;

    /// <summary>Erased users whose key still stands.</summary>
    public IEnumerable<int> ErasedWithKey => _erased.Keys.Where(user => !_keysDestroyed.Contains(user));

    /// <summary>Erasures and ends of keys, oldest first.</summary>
    public IReadOnlyList<GoneUser> Gone => _gone;

    /// <summary>Erased users whose key is destroyed.</summary>
    public IReadOnlySet<int> KeysDestroyed => _keysDestroyed;

    /// <summary>Segments that were merged away and whose files may still be there, oldest first.</summary>
    public IReadOnlyList<RetiredSegment> Retired => _retired;

    /// <summary>Whether a platform id with this keyed hash must not come back.</summary>
    public bool IsSuppressed(ReadOnlySpan<byte> suppressionHash) => _suppressed.Contains(Convert.ToHexString(suppressionHash));

    /// <summary>Whether a reservation was voided here.</summary>
    public bool IsVoided(string deal, string reservationId) => _voided.Contains(deal + " " + reservationId);

    /// <summary>The segment.</summary>
    public PartitionSegment Segment(string id) => _segmentsById[id];

    /// <summary>The segment, or null.</summary>
    public PartitionSegment? FindSegment(string id) => _segmentsById.GetValueOrDefault(id);

    /// <summary>Whether the row is gone at a position: removed, or its user erased.</summary>
    public bool IsGone(PartitionSegment segment, int row, int user, long position) =>
        segment.IsRemovedAt(row, position) || (_erased.TryGetValue(user, out var erased) && erased <= position);

    /// <summary>Makes a segment's rows known; before the entry that adds it, or after a replay.</summary>
    public void Attach(SegmentRows rows)
    {
        _openRows[rows.SegmentId] = rows;
        if (_segmentsById.TryGetValue(rows.SegmentId, out var segment)) segment.Attach(rows);
    }

    /// <summary>Makes a segment's counts of tokens known; before the entry that names them, or after a replay.</summary>
    public void Attach(TokenCounts counts)
    {
        _openCounts[(counts.SegmentId, counts.Tokenizer)] = counts;
        if (_segmentsById.TryGetValue(counts.SegmentId, out var segment)) segment.Attach(counts);
    }

    /// <summary>Passes over an entry that is the log's own, a reconciliation after a restore: it changes no right and no amount.</summary>
    /// <param name="position">Its position, one more than the last.</param>
    public void PassOver(long position)
    {
        if (position != Position + 1) throw new InvalidOperationException($"Position {position} does not follow {Position}.");
        Position = position;
    }

    /// <summary>Folds one entry in.</summary>
    /// <param name="position">Its position, one more than the last.</param>
    /// <param name="decidedAt">When it was decided, by the log's clock.</param>
    /// <param name="fact">The entry.</param>
    public void Apply(long position, DateTimeOffset decidedAt, PartitionEvent fact)
    {
        PassOver(position);
        if (ApplyUsers(position, decidedAt, fact) || ApplyRecords(position, decidedAt, fact)) OfferPosition = position;
        else if (!ApplyRelease(position, decidedAt, fact) && !ApplyRecall(position, decidedAt, fact))
            throw new InvalidOperationException($"No rule applies {fact.GetType().Name}.");
    }

    private bool ApplyUsers(long position, DateTimeOffset decidedAt, PartitionEvent fact)
    {
        switch (fact)
        {
            case PartitionCreated created: Created = created; break;
            case PolicyAnnounced announced: Consents.Announce(announced.Policy); break;
            case PolicyInForce entered: Consents.Enter(entered.Version, position); break;
            case UserAdded added: Apply(added); break;
            case JurisdictionChanged moved: Consents.Move(moved.User, moved.Jurisdiction, position); break;
            case NoticesGiven given: Consents.Notify(given.PolicyVersion, given.DueAt, given.Users); break;
            case NoticeRun ran: Consents.NoticeRan(new PendingNotice(ran.PolicyVersion, ran.DueAt, ran.Users), position); break;
            case ConsentChanged changed: Consents.Decide(changed.User, changed.Decision, position); break;
            case UserErased erased: Apply(position, decidedAt, erased); break;
            case UserKeyDestroyed destroyed: Apply(position, decidedAt, destroyed); break;
            default: return false;
        }

        return true;
    }

    private bool ApplyRecords(long position, DateTimeOffset decidedAt, PartitionEvent fact)
    {
        switch (fact)
        {
            case RecordsAdded added: Apply(position, added); break;
            case RecordRemoved removed: Apply(position, decidedAt, removed); break;
            case SegmentsMerged merged: Apply(position, decidedAt, merged); break;
            case TokensCounted counted: _segmentsById[counted.SegmentId].Count(counted.Tokens); break;
            case SegmentsDeleted deleted: _retired.RemoveAll(retired => deleted.SegmentIds.Contains(retired.Info.Id)); break;
            default: return false;
        }

        return true;
    }

    private bool ApplyRelease(long position, DateTimeOffset decidedAt, PartitionEvent fact)
    {
        switch (fact)
        {
            case ContractSeen seen: Apply(position, seen); break;
            case PullOpened opened: _deals[opened.Deal].Open(opened, position); break;
            case PullFinished finished: _deals[finished.Deal].Rounds[finished.Round - 1].Finish(); break;
            case Released released: Round(released.Deal, released.Slice.Round).Add(new DeliveredSlice(released.Slice, position, decidedAt)); break;
            case Resent resent: Apply(position, resent); break;
            case Confirmed confirmed: Apply(position, confirmed); break;
            case CreditsSettled settled: _deals[settled.Deal].SettleCredits(settled.UpTo); break;
            case ReservationVoided voided: _voided.Add(voided.Deal + " " + voided.ReservationId); break;
            case TrainingRunRegistered registered: _deals[registered.Deal].Register(registered.Run); break;
            default: return false;
        }

        return true;
    }

    private bool ApplyRecall(long position, DateTimeOffset decidedAt, PartitionEvent fact)
    {
        switch (fact)
        {
            case RecallIssued issued: Apply(new IssuedRecall(issued.Recall, position, decidedAt)); break;
            case RecallAnswered answered: _recalls[answered.RecallNumber - 1].Settle(answered.Answer, decidedAt); break;
            default: return false;
        }

        return true;
    }

    private PullRound Round(string deal, int round) => _deals[deal].Rounds[round - 1];

    private void Apply(UserAdded added)
    {
        Consents.AddUser(added.User, added.Jurisdiction);
        _sealedIds.Add(added.SealedId);
    }

    private void Apply(long position, DateTimeOffset decidedAt, UserKeyDestroyed destroyed)
    {
        if (_keysDestroyed.Add(destroyed.User)) _gone.Add(new GoneUser(destroyed.User, position, decidedAt, IsKeyDestroyed: true));
    }

    private void Apply(long position, DateTimeOffset decidedAt, UserErased erased)
    {
        _erased[erased.User] = position;
        _gone.Add(new GoneUser(erased.User, position, decidedAt, IsKeyDestroyed: false));
        if (!erased.SuppressionHash.IsDefaultOrEmpty) _suppressed.Add(Convert.ToHexString(erased.SuppressionHash.AsSpan()));
        ManifestPosition = position;
    }

    private void Apply(long position, RecordsAdded added)
    {
        Insert(_segments.Count, new PartitionSegment(added.Segment, position));
        ManifestPosition = position;
    }

    private void Apply(long position, DateTimeOffset decidedAt, SegmentsMerged merged)
    {
        var inputs = merged.Inputs.Select(id => _segmentsById[id]).ToList();
        var place = inputs.Min(_segments.IndexOf);
        foreach (var input in inputs) Retire(input, position, decidedAt);
        foreach (var output in merged.Outputs)
        {
            var segment = new PartitionSegment(output.Segment, output.FirstAdded, output.LastAdded, merged.CleanUpTo, output.IsRemnants);
            if (!output.IsRemnants)
                foreach (var removal in merged.Carried) segment.Carry(inputs.Find(input => input.Info.Id == removal.SegmentId)!, removal);
            foreach (var tokens in output.Tokens) segment.Count(tokens);
            Insert(place++, segment);
        }

        ManifestPosition = position;
    }

    private void Retire(PartitionSegment input, long position, DateTimeOffset decidedAt)
    {
        _segments.Remove(input);
        _segmentsById.Remove(input.Info.Id);
        _openRows.Remove(input.Info.Id);
        foreach (var tokenizer in Tokenizers.All) _openCounts.Remove((input.Info.Id, tokenizer));
        _retired.Add(new RetiredSegment(input.Info, position, decidedAt) { Tokens = input.Tokens });
    }

    private void Insert(int place, PartitionSegment segment)
    {
        _segments.Insert(place, segment);
        _segmentsById.Add(segment.Info.Id, segment);
        if (_openRows.TryGetValue(segment.Info.Id, out var rows)) segment.Attach(rows);
        foreach (var tokenizer in Tokenizers.All)
            if (_openCounts.TryGetValue((segment.Info.Id, tokenizer), out var counts))
                segment.Attach(counts);
    }

    private void Apply(long position, DateTimeOffset decidedAt, RecordRemoved removed)
    {
        _segmentsById[removed.SegmentId].Remove(removed.Row, position, decidedAt, removed.Cause);
        ManifestPosition = position;
    }

    private void Apply(long position, ContractSeen seen)
    {
        if (!_deals.TryGetValue(seen.Deal, out var deal)) _deals.Add(seen.Deal, deal = new DealLineage(seen.Deal, seen.Partner));
        deal.See(position, seen.Version, seen.Terms);
        OfferPosition = position;
    }

    private void Apply(long position, Resent resent)
    {
        var slice = Round(resent.Deal, resent.Round).Slices[resent.Number - 1];
        slice.Resend(resent, position);
        if (resent.Amounts.Records == 0) slice.Settle(SliceOutcome.Received, position);
    }

    private void Apply(long position, Confirmed confirmed)
    {
        var round = Round(confirmed.Deal, confirmed.Round);
        foreach (var number in confirmed.Numbers)
        {
            var slice = round.Slices[number - 1];
            slice.Settle(confirmed.Outcome, position);
            if (confirmed.Outcome == SliceOutcome.Dropped) round.Reopen(slice);
        }
    }

    private void Apply(IssuedRecall recall)
    {
        _recalls.Add(recall);
        _deals[recall.Recall.Deal].Issue(recall);
    }
}
