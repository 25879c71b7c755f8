using System.Collections.Immutable;
using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;

namespace Broker.Domain.Releases;

/// <summary>Walks a partition's users in order, over all segments, and selects what a deal may get now.</summary>
public sealed class SliceSelector
{
    // What does not fit any more is looked at for nothing.
    private const int NeighbourRowsMax = 256;

    private readonly PartitionState _state;
    private readonly DealLineage _deal;
    private readonly ContractTerms _terms;
    private readonly ContractTerms _price;
    private readonly FieldPolicy _fields;
    private readonly PullRound _round;
    private readonly long _intervalTo;
    private readonly long _at;
    private readonly bool _looksAtRows;
    private readonly ConsentQuestion? _consents;
    private readonly List<RowRun> _runs = [];
    private readonly List<RowRun> _candidates = []; // of one user and kind
    private readonly Amounts _most;
    private long _records;
    private long _bytes;
    private long _tokens;
    private Amounts _first;

    private SliceSelector(PartitionState state, DealLineage deal, PullRound round, ContractTerms price, Amounts most)
    {
        (_state, _deal, _most, _price) = (state, deal, most, price);
        _terms = deal.Contract.Terms;
        _fields = price.Scope.Fields.And(_terms.Scope.Fields);
        (_round, _intervalTo) = (round, round.IntervalTo);
        _at = state.Position;
        _looksAtRows = Admission.LooksAtRows(deal);
        _consents = Admission.AskConsents(state, deal, _intervalTo);
    }

    /// <summary>Selects the longest run of available records that fits.</summary>
    /// <param name="state">The partition.</param>
    /// <param name="deal">The deal.</param>
    /// <param name="round">The pull's round, whose interval counts.</param>
    /// <param name="from">Start after this row.</param>
    /// <param name="to">End with this row.</param>
    /// <param name="most">The most that may be taken, each amount on its own.</param>
    public static SliceSelection Select(
        PartitionState state, DealLineage deal, PullRound round, PullCursor from, PullCursor to, Amounts most) =>
        new SliceSelector(state, deal, round, deal.Contract.Terms, most).Walk(from, to);

    /// <summary>What of a released slice may be sent again now, at the prices of the version it was released under, with the fields that both that version and the
    /// one of now release: what was not paid for does not come, and pushes nothing out.</summary>
    public static SliceSelection Again(PartitionState state, DealLineage deal, DeliveredSlice slice)
    {
        var released = slice.Released;
        var round = deal.Rounds[released.Round - 1];
        return new SliceSelector(state, deal, round, deal.TermsOf(released.ContractVersion), slice.Current).Walk(released.From, released.To);
    }

    /// <summary>Whether anything became available to the deal since its last round.</summary>
    /// <param name="state">The partition.</param>
    /// <param name="deal">The deal.</param>
    /// <param name="filter">What the next round asks for; null for all of the scope.</param>
    /// <param name="nothingUpTo">A position at which nothing was: only what came after it is looked for. Nothing becomes available at a
    /// position of the past, so that what was looked through once need not be again.</param>
    public static bool HasNews(PartitionState state, DealLineage deal, PullFilter? filter = null, long nothingUpTo = 0)
    {
        var from = Math.Max(deal.CoveredUpToUnder(filter ?? PullFilter.Everything), nothingUpTo);
        var opened = state.Consents.LastOpening > from || deal.Contract.Position > from;
        if (!opened && !state.Segments.Any(segment => segment.LastAdded > from && !segment.IsRemnants)) return false;
        var round = new PullRound(0, from, state.Position + 1, filter, deal.Covers);
        // Whether there is something, and not what it costs: its tokens may not be counted yet.
        var uncounted = deal.Contract.Terms with { Tokenizer = "" };
        return !new SliceSelector(state, deal, round, uncounted, Amounts.Largest with { Records = 1 }).Walk(PullCursor.Start, PullCursor.End).IsEmpty;
    }

    /// <summary>The digest of the selected records' ids.</summary>
    public static ImmutableArray<byte> DigestOf(SliceSelection selection)
    {
        using var digest = new SliceDigest();
        foreach (var run in selection.Runs) run.Segment.Rows.AddIdsTo(digest, run.From, run.To);
        return digest.Finish();
    }

    private SliceSelection Walk(PullCursor from, PullCursor to)
    {
        var walks = OpenWalks(from);
        PullCursor? cut = null;
        while (cut is null && NextUser(walks) is var user && user <= to.User && user != int.MaxValue)
            cut = walks is [var walk] && EndOfNeighbours(walk, from, to) is var behind && behind > walk.Row ? TakeNeighbours(walk, behind) : TakeUser(walks, user, from, to);
        if (cut < from) cut = from; // not even the first record fits

        var last = new PullCursor(_state.Consents.UserCount - 1, RowKey.Last);
        var end = cut ?? (to < last ? to : last > from ? last : from);
        return new SliceSelection(from, end, _runs, _price.AmountsOf(_records, _bytes, _tokens), _first)
        {
            Basis = new SelectionBasis(_state, _deal, _round, _at),
            Consents = _consents,
        };
    }

    private List<SegmentWalk> OpenWalks(PullCursor from)
    {
        var walks = new List<SegmentWalk>();
        // Where no consent and no contract opened anything since, only records that were added since can have become available.
        var hasOpened = _state.Consents.LastOpening > _round.IntervalFrom || _deal.Contract.Position > _round.IntervalFrom;
        foreach (var segment in _state.Segments)
            if (!segment.IsRemnants && (hasOpened || segment.LastAdded > _round.IntervalFrom)
                && segment.FirstAdded <= _intervalTo && _terms.Scope.AdmitsAny(segment.Info.Dataset, segment.Info.Kind)
                && _round.AfterOf(segment) is { } after)
                walks.Add(new SegmentWalk(segment, segment.Rows.FirstRowOf(Math.Max(0, from.NextUser)))
                {
                    After = after,
                    LooksAtRows = _looksAtRows || _round.LooksAtRows(segment.Info),
                });
        // Users' rows come kind by kind; among segments of one kind the rows are merged by their keys.
        walks.Sort((left, right) => left.Segment.Info.Kind.CompareTo(right.Segment.Info.Kind));
        return walks;
    }

    private static int NextUser(List<SegmentWalk> walks)
    {
        var next = int.MaxValue;
        foreach (var walk in walks) next = Math.Min(next, walk.User);
        return next;
    }

    /// <summary>The row behind the walk's next users whose rows are all available, as far as they may fit; where the walk stands when there is none. Theirs
    /// are one run, however few rows each has.</summary>
    private int EndOfNeighbours(SegmentWalk walk, PullCursor from, PullCursor to)
    {
        var (end, user, most) = (walk.Row, walk.User, Math.Min(NeighbourRowsMax, _most.Records - _records));
        while (user > from.User && user < to.User && end - walk.Row < most && IsToldByConsent(walk, user) && _consents!.KindsOf(user).Contains(walk.Segment.Info.Kind))
        {
            end = walk.Segment.Rows.EndOfUserAt(end);
            user = walk.UserAt(end);
        }

        return end;
    }

    private PullCursor? TakeNeighbours(SegmentWalk walk, int end)
    {
        if (TakeRun(new RowRun(walk.Segment, walk.Row, end)) is { } cut) return cut;
        walk.SkipTo(end);
        return null;
    }

    /// <summary>Takes what fits of one user; the place of the cut when not everything did.</summary>
    private PullCursor? TakeUser(List<SegmentWalk> walks, int user, PullCursor from, PullCursor to)
    {
        PullCursor? cut = null;
        for (var index = 0; index < walks.Count && cut is null;)
        {
            var end = index + 1;
            while (end < walks.Count && walks[end].Segment.Info.Kind == walks[index].Segment.Info.Kind) end++;
            cut = TakeKind(walks, index, end, user, from, to);
            index = end;
        }

        if (cut is null)
            foreach (var walk in walks) walk.SkipUser(user);
        return cut;
    }

    private PullCursor? TakeKind(List<SegmentWalk> walks, int firstWalk, int endWalk, int user, PullCursor from, PullCursor to)
    {
        _candidates.Clear();
        for (var index = firstWalk; index < endWalk; index++)
            if (walks[index].User == user)
                AddCandidates(_candidates, walks[index], user, from, to);
        foreach (var run in RowMerge.InOrder(_candidates))
            if (TakeRun(run) is { } cut)
                return cut;
        return null;
    }

    private void AddCandidates(List<RowRun> candidates, SegmentWalk walk, int user, PullCursor from, PullCursor to)
    {
        var segment = walk.Segment;
        if (IsToldByConsent(walk, user))
        {
            if (_consents!.KindsOf(user).Contains(segment.Info.Kind)) AddWhole(candidates, walk, user, from, to);
            return;
        }

        var isWhole = IsWhole(walk, user);
        var since = Admission.Since(_state.Consents, _deal, user, segment, _at);
        if (since is null || since > _intervalTo) return;
        if (isWhole && Math.Max(since.Value, segment.FirstAdded) > walk.After)
        {
            AddWhole(candidates, walk, user, from, to);
            return;
        }

        if (isWhole && Math.Max(since.Value, segment.LastAdded) <= walk.After) return;

        var (first, end) = walk.RowsOf(user, from, to);
        for (var row = first; row < end; row++)
            if (IsAvailable(segment, row, user))
                AddRow(candidates, segment, row);
    }

    /// <summary>Whether a user's rows of a segment are available together or not at all.</summary>
    private bool IsWhole(SegmentWalk walk, int user) =>
        !walk.LooksAtRows && walk.Segment.Removed.Count == 0 && walk.Segment.LastAdded <= _intervalTo && !_state.Erased.ContainsKey(user);

    /// <summary>Whether they are, and consent alone says which: since when exactly does not matter, only that it is not after the interval.</summary>
    private bool IsToldByConsent(SegmentWalk walk, int user) => _consents is not null && walk.Segment.FirstAdded > walk.After && IsWhole(walk, user);

    private static void AddWhole(List<RowRun> candidates, SegmentWalk walk, int user, PullCursor from, PullCursor to)
    {
        var (first, end) = walk.RowsOf(user, from, to);
        if (first < end) candidates.Add(new RowRun(walk.Segment, first, end));
    }

    private bool IsAvailable(PartitionSegment segment, int row, int user)
    {
        if (_state.IsGone(segment, row, user, _at)) return false;
        if (Admission.SinceOfRow(_state.Consents, _deal, user, segment, row, _at) is not { } since) return false;
        var available = Math.Max(since, segment.AddedAt(row));
        return available <= _intervalTo && _round.AfterOf(segment, row) is { } after && available > after;
    }

    private static void AddRow(List<RowRun> runs, PartitionSegment segment, int row)
    {
        if (runs.Count > 0 && runs[^1].Segment == segment && runs[^1].To == row) runs[^1] = runs[^1] with { To = row + 1 };
        else runs.Add(new RowRun(segment, row, row + 1));
    }

    /// <summary>Takes the longest start of the run that fits; the place of the cut when not all of it did.</summary>
    private PullCursor? TakeRun(RowRun run)
    {
        NoteFirst(run);
        if (TakeWhole(run)) return null;
        var taken = RowsThatFit(run);
        if (taken > 0) Take(run with { To = run.From + taken }, BytesOf(run, taken), TokensOf(run, taken));
        if (taken == run.Count) return null;
        // Nothing more of this run fits: the cut stands after the last row that was taken, wherever that was.
        var user = run.Segment.Rows.UserAt(run.From + taken);
        return LastTaken(user) ?? new PullCursor(user - 1, RowKey.Last);
    }

    /// <summary>Most users' rows fit whole: their bytes are looked up once then.</summary>
    private bool TakeWhole(RowRun run)
    {
        if (_records + run.Count > _most.Records) return false;
        var (bytes, tokens) = (BytesOf(run, run.Count), TokensOf(run, run.Count));
        if (!Fits(_records + run.Count, _bytes + bytes, _tokens + tokens)) return false;
        Take(run, bytes, tokens);
        return true;
    }

    private void Take(RowRun run, long bytes, long tokens)
    {
        _records += run.Count;
        _bytes += bytes;
        _tokens += tokens;
        AddRun(run);
    }

    private PullCursor? LastTaken(int user)
    {
        if (_runs.Count == 0) return null;
        var last = _runs[^1];
        var row = last.To - 1;
        var owner = last.Segment.Rows.UserAt(row);
        return owner == user ? new PullCursor(user, last.Segment.Rows.KeyAt(row)) : new PullCursor(user - 1, RowKey.Last);
    }

    private void NoteFirst(RowRun run)
    {
        if (_records > 0 || _first.Records > 0) return;
        _first = _price.AmountsOf(1, BytesOf(run, 1), TokensOf(run, 1));
    }

    private int RowsThatFit(RowRun run)
    {
        int low = 0, high = (int)Math.Min(run.Count, Math.Max(0, _most.Records - _records));
        while (low < high)
        {
            var middle = low + ((high - low + 1) >> 1);
            if (Fits(_records + middle, _bytes + BytesOf(run, middle), _tokens + TokensOf(run, middle))) low = middle;
            else high = middle - 1;
        }

        return low;
    }

    private bool Fits(long records, long bytes, long tokens) =>
        bytes <= _most.Bytes && tokens <= _most.Tokens && _price.Price.CostOf(records, bytes, tokens) <= _most.MoneyMicros;

    private long BytesOf(RowRun run, int count) => run.Segment.Rows.BytesOf(run.From, run.From + count, _fields);

    private long TokensOf(RowRun run, int count) =>
        _price.CountsTokens ? run.Segment.CountsBy(_price.Tokenizer).Of(run.From, run.From + count, _fields) : 0;

    private void AddRun(RowRun run)
    {
        if (_runs.Count > 0 && _runs[^1].Segment == run.Segment && _runs[^1].To == run.From) _runs[^1] = _runs[^1] with { To = run.To };
        else _runs.Add(run);
    }
}
