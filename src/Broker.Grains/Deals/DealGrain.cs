using Broker.Domain;
using Broker.Domain.Deals;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using Broker.Grains.Logs;
using Broker.Grains.Partitions;
using Broker.Grains.Platforms;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Broker.Grains.Deals;

/// <summary>A licensing contract and its quota. Thin: the rules are in <c>Broker.Domain.Deals</c>.</summary>
[Reentrant]
[CollectionAgeLimit(Days = 1)]
internal sealed class DealGrain(LogServices logs, IOptions<SendLeaseOptions> leases, ILogger<DealGrain> logger)
    : LogGrain<DealState, DealEvent>(logs), IDealGrain, IDealReleasePort
{
    private Task _revoking = Task.CompletedTask;
    private bool _isSweeping;

    /// <inheritdoc/>
    protected override LogName LogName => new($"platforms/{Platform}/deals/{DealId}");

    /// <inheritdoc/>
    protected override LogDefinition<DealState, DealEvent> Definition { get; } = new()
    {
        Codec = new DealLogCodec(),
        SnapshotCodec = new DealSnapshotCodec(),
        Initial = static () => new DealState(),
        Apply = static (state, logged) =>
        {
            state.Apply(logged.Position, logged.DecidedAt, logged.Event);
            return state;
        },
        PassOver = static (state, position) =>
        {
            state.PassOver(position);
            return state;
        },
    };

    private string Platform => PartitionKeyParts().Platform;

    private string DealId => PartitionKeyParts().Deal;

    /// <inheritdoc/>
    public async Task<DealAnswer> ProposeAsync(string partner, ContractTerms terms, Caller caller)
    {
        var answer = await DoAsync((state, now) => DealRules.Propose(state, partner, terms, caller.Subject, now), caller);
        if (answer.Refusal is null) await GrainFactory.GetGrain<IPlatformGrain>(Platform).AddDealAsync(DealId);
        return answer;
    }

    /// <inheritdoc/>
    public Task<DealAnswer> ApproveAsync(Caller caller) => DoAsync((state, now) => DealRules.Approve(state, caller.Subject, now), caller);

    /// <inheritdoc/>
    public Task<DealAnswer> AmendAsync(ContractTerms terms, DateTimeOffset effectiveAt, Caller caller) =>
        DoAsync((state, now) => DealRules.Amend(state, terms, effectiveAt, caller.Subject, now), caller);

    /// <inheritdoc/>
    public Task<DealAnswer> ApproveAmendmentAsync(int version, Caller caller) =>
        DoAndRevokeAsync((state, now) => DealRules.ApproveAmendment(state, version, caller.Subject, now), caller);

    /// <inheritdoc/>
    public Task<DealAnswer> SuspendAsync(string reason, Caller caller) =>
        DoAndRevokeAsync((state, _) => DealRules.Suspend(state, reason, caller.Subject), caller);

    /// <inheritdoc/>
    public Task<DealAnswer> ResumeAsync(Caller caller) => DoAsync((state, _) => DealRules.Resume(state, caller.Subject), caller);

    /// <inheritdoc/>
    public Task<DealAnswer> TerminateAsync(string reason, Caller caller) =>
        DoAndRevokeAsync((state, _) => DealRules.Terminate(state, reason, caller.Subject), caller);

    /// <inheritdoc/>
    public Task<DealView?> GetAsync() => ReadAsync((state, _) => state.Life == DealLife.None ? null : View(state));

    /// <inheritdoc/>
    public Task<DealUsage?> GetUsageAsync() => ReadAsync((state, now) => state.Life == DealLife.None ? null : Usage(state, now));

    /// <inheritdoc/>
    public async Task<ContractAnswer> GetContractInForceAsync()
    {
        await SweepDueAsync();
        return await ReadAsync(
            (state, now) => (Hold ?? DealRules.NotActive(state, now)) is { } refusal
                ? new ContractAnswer(refusal, state.Partner, 0, null)
                : new ContractAnswer(null, state.Partner, state.InForce, state.Terms, FullLimit(state, now)),
            Settle.CheckFence);
    }

    /// <inheritdoc/>
    public async Task<ReserveAnswer> ReserveAsync(ReserveRequest request)
    {
        var started = Time.GetTimestamp();
        var answer = await ReserveNowAsync(request);
        Meter.Reserved(Time.GetElapsedTime(started));
        return answer;
    }

    private async Task<ReserveAnswer> ReserveNowAsync(ReserveRequest request)
    {
        await SweepDueAsync();
        var asked = new Amounts(request.Records, request.Bytes, request.Tokens, request.MoneyMicros);
        var first = new Amounts(request.FirstRecords, request.FirstBytes, request.FirstTokens, request.FirstMoneyMicros);
        return await ExecuteAsync(
            (state, now) => (Hold ?? RefuseUncounted(state, request)) is { } held
                ? Decision<DealEvent>.Refuse(held)
                : DealRules.Reserve(state, request.Id, request.ContractVersion, asked, first, now),
            decided => decided.Refusal is { } refusal ? new ReserveAnswer(refusal, 0, 0, 0, default, refusal.Limit) : Answer(decided.State, request.Id));
    }

    /// <inheritdoc/>
    public Task SettleAsync(IReadOnlyList<ReservationSettlement> settlements) => Task.WhenAll(settlements.Select(SettleAsync));

    /// <inheritdoc/>
    public async Task<Refusal?> SuspendForOverdueRecallAsync(string recall)
    {
        if (State.Life != DealLife.Active) return null;
        var answer = await DoAndRevokeAsync(
            (state, _) => DealRules.Suspend(state, $"{recall} is overdue: answer it, then resume", "broker"),
            new Caller("broker", "", []));
        return answer.Refusal;
    }

    /// <inheritdoc/>
    protected override Task OnReplayedAsync(CancellationToken cancellationToken)
    {
        var period = TimeSpan.FromSeconds(1);
        this.RegisterGrainTimer(static (grain, _) => grain.SweepAsync(), this, new GrainTimerCreationOptions
        {
            DueTime = period,
            Period = period,
            Interleave = true,
        });
        return Task.CompletedTask;
    }

    private async Task<DealAnswer> DoAsync(Func<DealState, DateTimeOffset, Decision<DealEvent>> decide, Caller caller)
    {
        await SweepDueAsync();
        return await ExecuteAsync(
            decide,
            decided => decided.Refusal is { } refusal ? new DealAnswer(null, refusal) : new DealAnswer(View(decided.State), null),
            caller.RequestId.Length == 0 ? null : new RequestKey(caller.RequestId, caller.BodyDigest));
    }

    /// <summary>Acknowledges only when every partition has answered. A repeat waits like the first.</summary>
    private async Task<DealAnswer> DoAndRevokeAsync(Func<DealState, DateTimeOffset, Decision<DealEvent>> decide, Caller caller)
    {
        var answer = await DoAsync(decide, caller);
        if (answer.Refusal is null) await RevokeAsync();
        return answer;
    }

    private Task SettleAsync(ReservationSettlement settlement)
    {
        var amounts = new Amounts(settlement.Records, settlement.Bytes, settlement.Tokens, settlement.MoneyMicros);
        return ExecuteAsync(
            (state, _) => settlement.Outcome switch
            {
                ReservationOutcome.Posted => DealRules.Post(state, settlement.Id, amounts),
                ReservationOutcome.Voided => DealRules.Void(state, settlement.Id),
                ReservationOutcome.Credited => DealRules.Credit(state, settlement.Id, amounts),
                _ => throw new InvalidOperationException($"Unknown outcome {settlement.Outcome}."),
            },
            decided => decided.Refusal is { } refusal ? throw new InvalidOperationException($"{LogName}: {settlement}: {refusal.Message}") : 0);
    }

    private async Task SweepDueAsync()
    {
        while (DealRules.Sweep(State, Now()).Events.Length > 0) await ExecuteAsync(DealRules.Sweep);
    }

    private async Task SweepAsync()
    {
        if (_isSweeping) return;
        _isSweeping = true;
        try
        {
            await SweepDueAsync();
            if (State.Revocation is not null) await RevokeAsync();
            await ResolveStaleAsync();
        }
        catch (Exception failure) when (failure is LogUnavailableException or LogFencedException or LogOverloadedException or TimeoutException or OrleansException)
        {
            // What is due stays due in the log; the next sweep, or the next activation's, takes it up.
            DealMessages.SweepFailed(logger, LogName, failure);
        }
        finally
        {
            _isSweeping = false;
        }
    }

    /// <summary>Asks about reservations whose partition should have said long ago what became of them.</summary>
    private async Task ResolveStaleAsync()
    {
        var now = Now();
        var stale = State.Ledger.Pending.Where(pending => now - pending.ReservedAt > 2 * leases.Value.Lease).Select(pending => pending.Reserved.Id).ToList();
        foreach (var group in stale.GroupBy(PartitionOf))
            await SettleAsync(await PartitionAt(group.Key).ResolveAsync(DealId, [.. group]));
    }

    /// <summary>One revocation at a time; who comes meanwhile waits for the same one, then looks whether another is due.</summary>
    private async Task RevokeAsync()
    {
        while (State.Revocation is not null)
        {
            if (_revoking.IsCompleted) _revoking = RevokeOnceAsync(State.Revocation);
            await _revoking;
        }

        await CheckFenceAsync();
    }

    private async Task RevokeOnceAsync(PendingRevocation revocation)
    {
        await CheckFenceAsync(); // what orders it is durable
        var pending = State.Ledger.Pending.Select(reservation => reservation.Reserved.Id).ToLookup(PartitionOf);
        var answers = await Task.WhenAll(State.Partitions.ToList().Select(partition =>
            PartitionAt(partition).RevokeAsync(ToOrder(revocation, [.. pending[partition]]))));
        foreach (var settlements in answers) await SettleAsync(settlements);
        await ExecuteAsync((state, _) => DealRules.CompleteRevocation(state, revocation.Position));
    }

    private RevokeOrder ToOrder(PendingRevocation revocation, IReadOnlyList<string> pending) => revocation.Kind switch
    {
        RevocationKind.Suspended => new(DealId, pending, null, State.Partner, 0, null),
        RevocationKind.Ended => new(DealId, pending, State.Terms.DeleteAtEnd ? RecallCause.DealEnded : null, State.Partner, 0, null),
        RevocationKind.Narrowed => new(DealId, pending, RecallCause.ScopeNarrowed, State.Partner, State.InForce, State.Terms),
        _ => throw new InvalidOperationException($"Unknown revocation {revocation.Kind}."),
    };

    private IPartitionDealPort PartitionAt(int index) => GrainFactory.GetGrain<IPartitionDealPort>(PartitionKeys.Of(Platform, index));

    private static int PartitionOf(string reservationId) => ReservationId.TryParse(reservationId, out var id)
        ? id.Partition
        : throw new InvalidOperationException($"'{reservationId}' is no reservation's id.");

    private (string Platform, string Deal) PartitionKeyParts()
    {
        var key = this.GetPrimaryKeyString();
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return (key[..slash], key[(slash + 1)..]);
    }

    private static ReserveAnswer Answer(DealState state, string id)
    {
        var reserved = state.Ledger.Find(id)!.Reserved;
        return new ReserveAnswer(
            null, reserved.Allowance.Records, reserved.Allowance.Bytes, reserved.Allowance.MoneyMicros, reserved.ValidUntil,
            reserved.Limit.Length == 0 ? null : reserved.Limit, reserved.Allowance.Tokens);
    }

    /// <summary>A silo of a release that knows no tokens would count none: it gets nothing of a deal by tokens, and waits until it is upgraded.</summary>
    private static Refusal? RefuseUncounted(DealState state, ReserveRequest request) =>
        state.Terms.CountsTokens && request.ContractVersion == state.InForce && (request.Tokenizer ?? "") != state.Terms.Tokenizer
            ? new(RefusalReason.Held, $"The partition's silo does not count tokens by {state.Terms.Tokenizer} yet; it must be upgraded.", "deal")
            : null;

    private static string? FullLimit(DealState state, DateTimeOffset now)
    {
        var (day, month) = DealRules.PeriodsAt(state.Terms, now);
        return state.Ledger.FullLimit(state.Terms, day, month)?.Name;
    }

    private static DealView View(DealState state) => new(
        state.Partner,
        state.Life,
        state.LifeReason,
        state.Versions[state.InForce - 1],
        state.Amendment,
        state.ProposedAt,
        [.. state.Partitions]);

    private static DealUsage Usage(DealState state, DateTimeOffset now)
    {
        var (day, month) = DealRules.PeriodsAt(state.Terms, now);
        return new DealUsage(
            state.Life,
            state.InForce,
            state.Terms.Price.Currency,
            now,
            [.. state.Terms.Limits.Select(limit => ToUsage(state.Ledger, limit, day, month))],
            state.Ledger.PostedTotal,
            state.Ledger.ReservedTotal,
            state.Ledger.CreditedTotal);
    }

    private static LimitUsage ToUsage(QuotaLedger ledger, QuotaLimit limit, string day, string month)
    {
        var (posted, reserved) = ledger.UsageOf(limit, day, month);
        return new LimitUsage(limit, posted, reserved);
    }
}
