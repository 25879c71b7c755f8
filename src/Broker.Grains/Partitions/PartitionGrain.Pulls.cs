using System.Runtime.InteropServices;
using Broker.Domain;
using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using Broker.Grains.Deals;
using Broker.Grains.Pulls;

namespace Broker.Grains.Partitions;

internal sealed partial class PartitionGrain
{
    /// <inheritdoc/>
    public async Task<PullAttachment> AttachAsync(string deal, string streamId, IPullObserver observer)
    {
        // A hold begins with its activation or never, and leases are of its activation: a held one has none to renew.
        if (Hold is { } held) return new PullAttachment(held, []);
        var contract = await DealOf(deal).GetContractInForceAsync();
        if (contract.Refusal is { } refusal) return new PullAttachment(refusal, []);
        await SeeContractAsync(deal, contract);

        var pull = PullOf(deal);
        (pull.StreamId, pull.Observer, pull.HasOpenedRound, pull.IsWaiting) = (streamId, observer, false, false);
        pull.NothingUpTo = 0; // of the filter that it looked for
        PartitionMessages.Attached(_logger, LogName, streamId, deal);
        // What another stream is sending is settled before it is known what has to be sent again.
        await _leases.WaitAsync(_leases.Revoke(lease => lease.Deal == deal && lease.StreamId != streamId));
        return await ReadAsync((state, now) => new PullAttachment(null, [.. Unconfirmed(state.Deals[deal], now)]), Logs.Settle.CheckFence);
    }

    /// <inheritdoc/>
    public async Task<SliceAnswer> NextSliceAsync(NextSliceRequest request)
    {
        var pull = PullOf(request.Deal);
        await pull.Gate.WaitAsync();
        try
        {
            while (true)
                if (await TryNextSliceAsync(pull, request) is { } answer)
                {
                    if (answer.Refusal is not { } refusal) return answer;
                    Meter.Refused(refusal.Reason);
                    return answer with { Progress = ProgressOf(request.Deal) };
                }
        }
        finally
        {
            pull.Gate.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<SliceAnswer> ResendSliceAsync(string deal, string streamId, int round, int number)
    {
        while (true)
            if (await TryResendSliceAsync(deal, PullOf(deal), streamId, round, number) is { } answer)
                return answer;
    }

    /// <inheritdoc/>
    public async Task<LeaseRenewal> RenewLeasesAsync(string deal, string streamId, IReadOnlyList<SliceName> slices)
    {
        await EnsureRecentAppendAsync();
        return new LeaseRenewal(_leases.Renew(deal, streamId, slices), _leases.Lease);
    }

    /// <inheritdoc/>
    public async Task SettleSentAsync(string deal, string streamId, IReadOnlyList<SentSlice> slices)
    {
        foreach (var sent in slices.Where(sent => sent.WasWritten)) _leases.Settle(deal, streamId, sent.Slice);
        foreach (var dropped in slices.Where(sent => !sent.WasWritten)) await DropAsync(deal, streamId, dropped.Slice);
    }

    /// <inheritdoc/>
    public Task<Refusal?> CheckSlicesAsync(string deal, int round, IReadOnlyList<int> numbers) =>
        ReadAsync((state, _) => UnknownAmong(state, deal, round, numbers));

    /// <inheritdoc/>
    public Task<Refusal?> ConfirmSlicesAsync(string deal, int round, IReadOnlyList<int> numbers) => ExecuteAsync((state, _) =>
        UnknownAmong(state, deal, round, numbers) is { } refusal
            ? Decision<PartitionEvent>.Refuse(refusal)
            : ReleaseRules.ConfirmReceived(state.Deals[deal], round, numbers));

    /// <inheritdoc/>
    public Task<int[]> ConfirmReleasesAsync(string deal, int round, IReadOnlyList<int> numbers, IReadOnlyList<byte[]> releases)
    {
        int[] lost = [];
        return ExecuteAsync(
            (state, _) =>
            {
                var lineage = state.Deals.GetValueOrDefault(deal);
                lost = [.. numbers.Zip(releases).Where(slice => !ReleaseRules.IsRelease(lineage?.Slice(round, slice.First), slice.Second)).Select(slice => slice.First)];
                return lineage is null ? Decision<PartitionEvent>.Nothing : ReleaseRules.ConfirmReceived(lineage, round, numbers.Except(lost));
            },
            _ => lost);
    }

    /// <inheritdoc/>
    public Task<DealDeliveries> GetDeliveriesAsync(string deal) => ReadAsync((state, _) =>
    {
        if (!state.Deals.TryGetValue(deal, out var lineage)) return default;
        var slices = lineage.Rounds.SelectMany(round => round.Slices).ToList();
        var released = slices.Sum(slice => slice.Released.Amounts.Records);
        var received = slices.Where(slice => slice.Outcome == SliceOutcome.Received).Sum(slice => slice.Current.Records);
        var credited = slices.Sum(slice => slice.Credited.Records);
        return new DealDeliveries(released, received, credited, released - received - credited);
    });

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ReservationSettlement>> RevokeAsync(RevokeOrder order)
    {
        var narrowed = order.Terms is { } terms ? (order.Partner, order.ContractVersion, terms) : ((string, int, ContractTerms)?)null;
        IReadOnlyList<SendLease> revoked = [];
        var settlements = await ExecuteAsync(
            (state, now) => DealEndRules.Revoke(state, order.Deal, order.ReservationIds, narrowed, order.Cause, now),
            decided =>
            {
                PullOf(order.Deal).Revocations++;
                Wake(PullOf(order.Deal));
                revoked = _leases.Revoke(lease => lease.Deal == order.Deal);
                return OutcomesOf(decided.State, order.Deal, order.ReservationIds);
            });
        await BarrierAsync(revoked);
        return settlements;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ReservationSettlement>> ResolveAsync(string deal, IReadOnlyList<string> reservationIds) => ExecuteAsync(
        (state, _) => ReleaseRules.Void(state, deal, reservationIds),
        decided => OutcomesOf(decided.State, deal, reservationIds));

    /// <summary>Null when the deal stopped or narrowed here while it was asked: then its answer counts no more.</summary>
    private async Task<SliceAnswer?> TryResendSliceAsync(string deal, PartitionPull pull, string streamId, int round, int number)
    {
        if (Hold is { } hold) return SliceAnswer.Of(hold);
        var revocations = pull.Revocations;
        // The deal says, fence checked, that it is active and under which version, before anything goes out again.
        var contract = await DealOf(deal).GetContractInForceAsync();
        if (contract.Refusal is { } refusal) return SliceAnswer.Of(refusal);
        await SeeContractAsync(deal, contract);

        // Nothing awaits from here to the decision: whoever attached, and whatever stopped, meanwhile is seen.
        if (NotPulledBy(pull, streamId) is { } other) return SliceAnswer.Of(other);
        if (pull.Revocations != revocations) return null;
        SliceSelection? again = null;
        SendLease? lease = null;
        var answer = await ExecuteAsync(
            (state, now) => ReleaseRules.Resend(state, state.Deals[deal], round, number, now, out again),
            decided =>
            {
                if (decided.Refusal is { } why) return SliceAnswer.Of(why);
                lease = OpenLease(deal, streamId, new SliceName(round, number), again!);
                return SliceAnswer.Of(ToGrant(decided.State.Deals[deal], decided.State.Deals[deal].Slice(round, number)!, again!, decided.LastPosition));
            });
        if (answer.Grant is null) return answer;
        _ = SettleCreditsSoonAsync();
        return await TryBeginAsync(lease!) ? answer : SliceAnswer.Of(RevokedMeanwhile);
    }

    private async Task<SliceAnswer?> TryNextSliceAsync(PartitionPull pull, NextSliceRequest request)
    {
        if (Hold is { } held) return SliceAnswer.Of(held);
        if (NotPulledBy(pull, request.StreamId) is { } other) return SliceAnswer.Of(other);
        var deal = State.Deals[request.Deal]; // attached: the contract was seen
        if (ReleaseRules.RefuseRound(deal, request.Filter) is { } filtered) return SliceAnswer.Of(filtered);
        if (deal.OpenRound is null)
        {
            var (hasOpened, refused) = await TryOpenRoundAsync(pull, deal, request.Filter);
            if (!hasOpened) return refused is null ? SliceAnswer.FinishedAt(ProgressOf(request.Deal)!.Value) : SliceAnswer.Of(refused);
        }

        var round = deal.OpenRound!;
        if (WaitingForTokens(State, deal, round) is { } waiting) return SliceAnswer.Of(waiting);
        var most = Amounts.Largest with { Records = request.RecordsMax, Bytes = request.BytesMax };
        if (Select(deal, round, most) is not { } selection) return await FinishAsync(deal, round);
        return await ReserveAndReleaseAsync(pull, request, deal, round, selection);
    }

    private RoundProgress? ProgressOf(string deal) =>
        State.Deals.TryGetValue(deal, out var known) ? new RoundProgress(known.Rounds.Count, known.LastBound) : null;

    private async Task<(bool HasOpened, Refusal? Refusal)> TryOpenRoundAsync(PartitionPull pull, DealLineage deal, PullFilter? filter)
    {
        if (pull.HasOpenedRound) return (false, null);
        return await ExecuteAsync(
            (state, _) => ReleaseRules.OpenRound(state, deal, filter),
            decided => (pull.HasOpenedRound = decided.Decision.Events.Length > 0, decided.Refusal));
    }

    private SliceSelection? Select(DealLineage deal, PullRound round, Amounts most)
    {
        foreach (var (from, to) in round.Ranges)
        {
            var selection = SliceSelector.Select(State, deal, round, from, to, most);
            // A record that is larger than the gateway's wish goes alone: its size is no reason to keep it back.
            if (selection.IsEmpty && selection.First.Records > 0)
                selection = SliceSelector.Select(State, deal, round, from, to, Amounts.Largest with { Records = 1 });
            if (!selection.IsEmpty) return selection;
        }

        return null;
    }

    private async Task<SliceAnswer?> FinishAsync(DealLineage deal, PullRound round)
    {
        if (_leases.IsSending(deal.Deal, round.Number)) return SliceAnswer.Pending;
        await ExecuteAsync((_, _) => ReleaseRules.FinishRound(deal, round));
        return null;
    }

    private async Task<SliceAnswer?> ReserveAndReleaseAsync(
        PartitionPull pull, NextSliceRequest request, DealLineage deal, PullRound round, SliceSelection selection)
    {
        var id = new ReservationId(round.Number, Index, round.Slices.Count + 1, ++_attempt, Fence).ToString();
        var version = deal.Contract.Version;
        var answer = await ReserveAsync(deal.Deal, new ReserveRequest(
            id, version,
            selection.Amounts.Records, selection.Amounts.Bytes, selection.Amounts.MoneyMicros,
            selection.First.Records, selection.First.Bytes, selection.First.MoneyMicros,
            selection.Amounts.Tokens, selection.First.Tokens, deal.Contract.Terms.Tokenizer));
        if (answer.Refusal is { } refusal) return await OnRefusedAsync(deal.Deal, refusal);
        if (pull.StreamId != request.StreamId) return await VoidAsync(deal.Deal, id);

        var allowance = new Amounts(answer.Records, answer.Bytes, answer.Tokens, answer.MoneyMicros);
        return await ReleaseAsync(request, deal, round, selection, new HeldReservation(id, version, allowance, answer.ValidUntil));
    }

    /// <summary>Asks again, with the same amounts, when a call's outcome is unknown: the id makes that safe. After that the
    /// deal finds out by itself, by asking this partition.</summary>
    private async Task<ReserveAnswer> ReserveAsync(string deal, ReserveRequest request)
    {
        try
        {
            return await DealOf(deal).ReserveAsync(request);
        }
        catch (Exception unknown) when (unknown is TimeoutException or OrleansException)
        {
            return await DealOf(deal).ReserveAsync(request);
        }
    }

    private async Task<SliceAnswer?> OnRefusedAsync(string deal, Refusal refusal)
    {
        if (refusal.Reason != RefusalReason.ContractChanged) return SliceAnswer.Of(refusal);
        var contract = await DealOf(deal).GetContractInForceAsync();
        if (contract.Refusal is { } inactive) return SliceAnswer.Of(inactive);
        await SeeContractAsync(deal, contract);
        return null;
    }

    private async Task<SliceAnswer?> VoidAsync(string deal, string reservationId)
    {
        await ResolveAsync(deal, [reservationId]);
        SettleSoon(deal, ReservationSettlement.VoidOf(reservationId));
        return SliceAnswer.Of(TakenOver);
    }

    private async Task<SliceAnswer?> ReleaseAsync(
        NextSliceRequest request, DealLineage deal, PullRound round, SliceSelection selection, HeldReservation reservation)
    {
        SliceSelection? slice = null;
        SendLease? lease = null;
        SliceGrant? grant = null;
        var refusal = await ExecuteAsync(
            (state, now) => ReleaseRules.Release(state, deal, round, selection, reservation, now, out slice),
            decided =>
            {
                if (!decided.Decision.Events.Any(entry => entry is Released)) return decided.Refusal;
                var released = round.Slices[^1];
                lease = OpenLease(deal.Deal, request.StreamId, new SliceName(round.Number, released.Released.Number), slice!);
                grant = ToGrant(deal, released, slice!, decided.LastPosition);
                return null;
            });
        if (grant is null) return OnNotReleased(deal.Deal, reservation, refusal);

        Meter.Released(slice!.Amounts.Records, slice.Amounts.Bytes);
        SettleSoon(deal.Deal, Settlement(reservation.Id, ReservationOutcome.Posted, slice.Amounts));
        if (await TryBeginAsync(lease!)) return SliceAnswer.Of(grant);

        // Revoked before anybody held it: nothing of it was written. Credited, and walked again.
        await DropAsync(deal.Deal, request.StreamId, grant.Slice);
        return null;
    }

    private SliceAnswer? OnNotReleased(string deal, HeldReservation reservation, Refusal? refusal)
    {
        SettleSoon(deal, ReservationSettlement.VoidOf(reservation.Id));
        return refusal is null || refusal.Reason is RefusalReason.ReservationVoid or RefusalReason.ContractChanged ? null : SliceAnswer.Of(refusal);
    }

    private async Task DropAsync(string deal, string streamId, SliceName slice)
    {
        await ExecuteAsync(
            (state, _) => ReleaseRules.ConfirmDropped(state.Deals[deal], slice.Round, slice.Number),
            decided => decided.Refusal);
        _leases.Settle(deal, streamId, slice);
        _ = SettleCreditsSoonAsync();
    }

    private Task SeeContractAsync(string deal, ContractAnswer contract) => ExecuteAsync(
        (state, now) => DealEndRules.Revoke(state, deal, [], (contract.Partner, contract.Version, contract.Terms!), RecallCause.ScopeNarrowed, now));

    private SendLease OpenLease(string deal, string streamId, SliceName slice, SliceSelection selection) =>
        _leases.Open(new SendLease(deal, slice, streamId, SendLease.UsersOf(selection.From, selection.To)));

    private async Task<bool> TryBeginAsync(SendLease lease)
    {
        await EnsureRecentAppendAsync();
        return _leases.TryBegin(lease);
    }

    /// <summary>A lease is granted and renewed only within one lease of the start of the last append that the store accepted:
    /// a stale activation could otherwise keep one alive for ever.</summary>
    private async Task EnsureRecentAppendAsync()
    {
        while (Time.GetElapsedTime(LastAcceptedAppendStart) > _leases.Lease) await CheckFenceAsync();
    }

    private void NotifyRevoked(SendLease lease)
    {
        if (_pulls.TryGetValue(lease.Deal, out var pull) && pull.StreamId == lease.StreamId) pull.Observer?.Revoked(Index, lease.Slice);
    }

    /// <summary>Tells the deal without making the caller wait; where that fails the deal asks by itself.</summary>
    private void SettleSoon(string deal, ReservationSettlement settlement) => _ = SettleAsync(deal, settlement);

    private async Task SettleAsync(string deal, ReservationSettlement settlement)
    {
        try
        {
            await DealOf(deal).SettleAsync([settlement]);
        }
        catch (Exception failure)
        {
            PartitionMessages.SettleFailed(_logger, LogName, deal, 1, failure);
        }
    }

    private async Task SettleCreditsSoonAsync()
    {
        try
        {
            await SweepCreditsAsync();
        }
        catch (Exception failure)
        {
            PartitionMessages.SweepFailed(_logger, LogName, failure);
        }
    }

    private static Refusal? UnknownAmong(PartitionState state, string deal, int round, IReadOnlyList<int> numbers)
    {
        if (!state.Deals.TryGetValue(deal, out var lineage) || round < 1 || round > lineage.Rounds.Count)
            return new Refusal(RefusalReason.NotFound, $"The deal has no round {round} in this partition.", "slices");
        foreach (var number in numbers)
            if (lineage.Slice(round, number) is null)
                return new Refusal(RefusalReason.NotFound, $"Round {round} has no slice {number}.", "slices");
        return null;
    }

    private static IEnumerable<SliceName> Unconfirmed(DealLineage deal, DateTimeOffset now) =>
        from round in deal.Rounds
        from slice in round.Slices
        where slice.Outcome == SliceOutcome.Unconfirmed && now - slice.ReleasedAt <= ReleaseRules.ResendWindow
        select new SliceName(round.Number, slice.Released.Number);

    private static IReadOnlyList<ReservationSettlement> OutcomesOf(PartitionState state, string deal, IEnumerable<string> reservationIds) =>
    [
        .. reservationIds.Select(id => ReleaseRules.FindReleased(state, deal, id) is { } slice
            ? Settlement(id, ReservationOutcome.Posted, slice.Released.Amounts)
            : ReservationSettlement.VoidOf(id)),
    ];

    private static ReservationSettlement Settlement(string id, ReservationOutcome outcome, Amounts amounts) =>
        new(id, outcome, amounts.Records, amounts.Bytes, amounts.MoneyMicros, amounts.Tokens);

    private SliceGrant ToGrant(DealLineage deal, DeliveredSlice slice, SliceSelection selection, long position)
    {
        var fields = deal.TermsOf(slice.Released.ContractVersion).Scope.Fields.And(deal.Contract.Terms.Scope.Fields);
        return new SliceGrant(
            new SliceName(slice.Released.Round, slice.Released.Number),
            slice.Resends,
            position,
            slice.Released.ContractVersion,
            selection.Amounts.Records,
            selection.Amounts.Bytes,
            selection.Amounts.MoneyMicros,
            [.. slice.CurrentDigest],
            new GrantedFields(fields.Dropped, fields.Pseudonymised),
            RowsOf(selection),
            _leases.Lease)
        {
            Release = [.. ReleaseTag.Of(slice)],
            Tokens = selection.Amounts.Tokens,
        };
    }

    /// <summary>The rows, each with the very objects of its segment: many runs of one segment name it once on the way to another node.</summary>
    private static GrantedRows[] RowsOf(SliceSelection selection)
    {
        var rows = new GrantedRows[selection.Runs.Count];
        for (var index = 0; index < rows.Length; index++)
        {
            var (segment, from, to) = selection.Runs[index];
            rows[index] = new GrantedRows(segment.Info.Dataset, segment.Info.Id, ImmutableCollectionsMarshal.AsArray(segment.Info.Digest)!, from, to);
        }

        return rows;
    }

    // Who pulls is known to an activation alone. One that has not seen the stream says so, and the client resumes; to call it taken over
    // would end a pull only because its partition moved.
    private static Refusal? NotPulledBy(PartitionPull pull, string streamId) =>
        pull.StreamId is null ? NotOpen : pull.StreamId != streamId ? TakenOver : null;

    private static readonly Refusal TakenOver = new(RefusalReason.PullTakenOver, "Another stream pulls this deal now.", "deal");

    private static readonly Refusal NotOpen = new(RefusalReason.PullNotOpen, "The partition moved while it was pulled; open the pull again.", "deal");

    private static readonly Refusal RevokedMeanwhile = new(
        RefusalReason.ReservationVoid, "The slice was revoked while it was being prepared; ask for it again.", "slice");
}
