using Broker.Protos.Log.V1;

namespace Broker.Auditor.Partitions;

/// <summary>The deals' pulls in one partition: contracts, rounds, slices and what became of them.</summary>
internal sealed class PullReplay(ReleaseCheck check, LogFindings findings)
{
    private static readonly long ResendWindowMicros = TimeSpan.FromHours(24).Ticks / TimeSpan.TicksPerMicrosecond;
    private readonly Dictionary<string, PartitionDeal> _deals = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, PartitionDeal> Deals => _deals;

    public PartitionDeal? Find(string deal)
    {
        if (_deals.TryGetValue(deal, out var known)) return known;
        findings.Add(Promise.Order, $"Deal {deal} is not known: its contract was never seen here.");
        return null;
    }

    public void Apply(ContractSeen seen)
    {
        if (!_deals.TryGetValue(seen.Deal, out var deal)) _deals.Add(seen.Deal, deal = new PartitionDeal(seen.Deal, seen.Partner));
        findings.Check(deal.Partner == seen.Partner, Promise.Order, $"Deal {seen.Deal} changed its partner from {deal.Partner} to {seen.Partner}.");
        // A node of a release that knew no tokens may have seen it without its tokenizer first.
        var isCounted = seen.Version == deal.Contracts.LastOrDefault().Version && deal.Contract.Terms.Tokenizer.Length == 0 && seen.Terms?.Tokenizer.Length > 0;
        var isNewer = deal.Contracts.Count == 0 || seen.Version > deal.Contract.Version || isCounted;
        if (findings.Check(isNewer, Promise.Order, $"Deal {seen.Deal}'s version {seen.Version} was seen again, or after a newer one."))
            deal.Contracts.Add((findings.Position, seen.Version, new Terms(seen.Terms ?? new ContractTerms())));
    }

    public void Apply(PullOpened opened)
    {
        if (Find(opened.Deal) is not { } deal) return;
        var last = deal.Rounds.Count == 0 ? null : deal.Rounds[^1];
        findings.Check(last is null or { IsFinished: true }, Promise.Intervals, $"Round {opened.Round} of deal {opened.Deal} opened while round {last?.Number} is not finished.");
        var filter = new RoundFilter(opened.Filter);
        var covered = deal.CoveredUpToUnder(filter);
        findings.Check(opened.From == covered, Promise.Intervals, $"Round {opened.Round} of deal {opened.Deal} starts after {opened.From}; the one before it ends with {covered}.");
        findings.Check(opened.ContractVersion == deal.Contract.Version, Promise.Order, $"Round {opened.Round} of deal {opened.Deal} opened under version {opened.ContractVersion}; {deal.Contract.Version} is the newest seen.");
        if (findings.Check(opened.Round == deal.Rounds.Count + 1, Promise.Intervals, $"Round {opened.Round} of deal {opened.Deal} opened where {deal.Rounds.Count + 1} is next."))
            deal.Open(new Round(opened.Round, opened.From, findings.Position, filter, [.. deal.Covers]));
    }

    public void Apply(PullFinished finished)
    {
        if (FindRound(finished.Deal, finished.Round) is not { } round) return;
        check.CheckFinished(_deals[finished.Deal], round);
        round.IsFinished = true;
    }

    /// <summary>The slice, where it could be read at all.</summary>
    public Slice? Apply(Released released, VerifiedPlace place)
    {
        if (FindRound(released.Deal, released.Round) is not { } round) return null;
        var (deal, slice) = (_deals[released.Deal], new Slice(released, place));
        CheckOrder(deal, round, slice);
        findings.Check(
            slice.ContractVersion == deal.Contract.Version, Promise.Order,
            $"Slice {slice.Number} of deal {deal.Deal} was released under version {slice.ContractVersion}; {deal.Contract.Version} is the newest seen.");
        findings.Check(!deal.Voided.Contains(slice.ReservationId), Promise.Charges, $"Slice {slice.Number} of deal {deal.Deal} was released under reservation {slice.ReservationId}, which was voided.");
        check.Check(deal, slice);
        round.Add(slice);
        return slice;
    }

    public void Apply(Resent resent, VerifiedPlace place)
    {
        if (FindSlice(resent.Deal, resent.Round, resent.Number) is not { } slice) return;
        var name = $"Resend {resent.Resend} of slice {resent.Number} of deal {resent.Deal}";
        findings.Check(slice.Outcome == SliceOutcome.Unspecified, Promise.Consent, $"{name} stands for a slice that was settled.");
        findings.Check(place.Micros - slice.Place.Micros <= ResendWindowMicros, Promise.Consent, $"{name} comes more than 24 hours after the release.");
        findings.Check(resent.Resend == slice.Resends + 1, Promise.Intervals, $"{name} comes where {slice.Resends + 1} is next.");
        findings.Check(
            Sum.Of(resent.Amounts) + Sum.Of(resent.Credited) == slice.Current && Sum.Of(resent.Amounts).IsWithin(slice.Current),
            Promise.Charges,
            $"{name} sends {Sum.Of(resent.Amounts)} and credits {Sum.Of(resent.Credited)}; together that is not the last send's {slice.Current}.");
        check.CheckResend(_deals[resent.Deal], slice, resent);
        slice.Resend(resent, findings.Position);
    }

    public void Apply(Confirmed confirmed)
    {
        var last = 0;
        foreach (var step in confirmed.NumberSteps)
        {
            last += step;
            if (FindSlice(confirmed.Deal, confirmed.Round, last) is not { } slice) continue;
            findings.Check(slice.Outcome == SliceOutcome.Unspecified, Promise.Intervals, $"Slice {last} of deal {confirmed.Deal} was settled twice.");
            Settle(_deals[confirmed.Deal].Rounds[confirmed.Round - 1], slice, confirmed);
        }
    }

    public void Apply(ReservationVoided voided)
    {
        // A deal asks for ids that this partition may never have seen; what it answers must hold all the same.
        if (!_deals.TryGetValue(voided.Deal, out var deal)) return;
        var isReleased = deal.Rounds.Any(round => round.Slices.Any(slice => slice.ReservationId == voided.ReservationId));
        findings.Check(!isReleased, Promise.Charges, $"Reservation {voided.ReservationId} of deal {voided.Deal} was voided though a slice was released under it.");
        deal.Voided.Add(voided.ReservationId);
    }

    public void Apply(CreditsSettled settled)
    {
        if (Find(settled.Deal) is { } deal) deal.CreditsSettledUpTo = Math.Max(deal.CreditsSettledUpTo, settled.UpTo);
    }

    private void Settle(Round round, Slice slice, Confirmed confirmed)
    {
        if (confirmed.Outcome == SliceOutcome.Dropped)
        {
            findings.Check(slice.Resends == 0, Promise.Charges, $"Slice {slice.Number} of deal {confirmed.Deal} was dropped as never written though it had been sent before.");
            findings.Check(!round.IsFinished, Promise.Intervals, $"Slice {slice.Number} of deal {confirmed.Deal} was dropped after its round was finished: nobody walks its range again.");
            round.Drop(slice);
        }

        slice.Settle(confirmed.Outcome, findings.Position);
    }

    private void CheckOrder(PartitionDeal deal, Round round, Slice slice)
    {
        var name = $"Slice {slice.Number} of deal {deal.Deal}";
        findings.Check(!round.IsFinished, Promise.Intervals, $"{name} was released in round {round.Number}, which is finished.");
        findings.Check(slice.Number == round.Slices.Count + 1, Promise.Intervals, $"{name} was released where {round.Slices.Count + 1} is next.");
        findings.Check(
            slice.IntervalFrom == round.IntervalFrom && slice.IntervalTo == round.IntervalTo, Promise.Intervals,
            $"{name} covers ({slice.IntervalFrom}, {slice.IntervalTo}]; its round covers ({round.IntervalFrom}, {round.IntervalTo}].");
        findings.Check(round.TryTake(slice), Promise.Intervals, $"{name} runs from {slice.From} to {slice.To}, which does not go on where the round stands: something is released twice, or left out.");
    }

    private Round? FindRound(string deal, int round)
    {
        if (Find(deal) is not { } known) return null;
        if (round >= 1 && round <= known.Rounds.Count) return known.Rounds[round - 1];
        findings.Add(Promise.Order, $"Round {round} of deal {deal} was never opened.");
        return null;
    }

    private Slice? FindSlice(string deal, int round, int number)
    {
        if (FindRound(deal, round) is not { } known) return null;
        if (known.Find(number) is { } slice) return slice;
        findings.Add(Promise.Order, $"Slice {number} of round {round} of deal {deal} was never released.");
        return null;
    }
}
