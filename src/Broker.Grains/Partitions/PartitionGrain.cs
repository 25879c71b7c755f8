using System.Diagnostics.CodeAnalysis;
using Broker.Domain;
using Broker.Domain.Consents;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using Broker.Grains.Deals;
using Broker.Grains.Keys;
using Broker.Grains.Logs;
using Broker.Grains.Segments;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Broker.Grains.Partitions;

/// <summary>A fixed hash range of a platform's users. Thin: the rules are in <c>Broker.Domain</c>; here is who waits for what.</summary>
[Reentrant]
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim whose wait handle is never asked for holds nothing to dispose of.")]
[CollectionAgeLimit(Days = 1)] // a new activation makes withdrawals wait two leases, so an idle one stays
internal sealed partial class PartitionGrain : LogGrain<PartitionState, PartitionEvent>, IPartitionGrain, IPartitionDealPort
{
    private readonly IPartitionServices _services;
    private readonly ILogger<PartitionGrain> _logger;
    private readonly SendLeases _leases;
    private readonly DealPseudonyms _pseudonyms;
    private readonly Dictionary<string, PartitionPull> _pulls = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _usersGate = new(1);
    private UserDirectory? _users;
    private bool _isSweeping;
    private long _attempt;

    public PartitionGrain(LogServices logs, IPartitionServices services, IOptions<SendLeaseOptions> leases, ILogger<PartitionGrain> logger)
        : base(logs)
    {
        (_services, _logger) = (services, logger);
        _pseudonyms = new DealPseudonyms(services.Keys);
        _leases = new SendLeases(logs.Time, leases.Value.Lease) { Revoked = NotifyRevoked };
    }

    /// <inheritdoc/>
    protected override LogName LogName => new($"platforms/{Platform}/partitions/{Index}");

    /// <inheritdoc/>
    protected override LogDefinition<PartitionState, PartitionEvent> Definition { get; } = new()
    {
        Codec = new PartitionLogCodec(),
        SnapshotCodec = new PartitionSnapshotCodec(),
        Initial = static () => new PartitionState(),
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

    private string Platform => PartitionKeys.Parse(this.GetPrimaryKeyString()).Platform;

    private int Index => PartitionKeys.Parse(this.GetPrimaryKeyString()).Index;

    private UserDirectory Users => _users ?? throw new InvalidOperationException("The partition is not replayed yet.");

    /// <inheritdoc/>
    public async Task<Refusal?> CreateAsync(int partitionCount) =>
        await ExecuteAsync((state, _) => DatasetRules.Create(state, Platform, Index, partitionCount));

    /// <inheritdoc/>
    public Task<PartitionStatus> GetStatusAsync() => ReadAsync((state, _) => new PartitionStatus(
        state.Created?.Platform ?? "",
        Index,
        state.Created?.Count ?? 0,
        Fence,
        state.Position,
        state.Consents.UserCount,
        state.Segments.Count,
        state.Segments.Sum(segment => (long)segment.Info.Rows),
        state.Recalls.Count(recall => recall.Answer is null)));

    /// <inheritdoc/>
    protected override async Task OnReplayedAsync(CancellationToken cancellationToken)
    {
        _users = new UserDirectory(LogName, _services.Keys, _services.Entropy);
        await _users.LoadAsync(State.SealedIds, cancellationToken);
        foreach (var segment in State.Segments)
        {
            State.Attach(await OpenOrTellAsync(segment.Info, cancellationToken));
            await AttachCountsAsync(segment.Info, segment.Tokens, cancellationToken);
        }

        await EraseKeylessAsync(cancellationToken);
        this.RegisterGrainTimer(static (grain, _) => grain.SweepAsync(), this, new GrainTimerCreationOptions
        {
            DueTime = _services.SweepPeriod,
            Period = _services.SweepPeriod,
            Interleave = true,
        });
        StartMerging();
        StartCounting();
    }

    private Task<SegmentRows> OpenAsync(SegmentInfo segment, CancellationToken cancellationToken) =>
        _services.Segments.OpenRowsAsync(RefOf(segment), cancellationToken);

    /// <summary>A broken segment ends nothing but what needs its rows: consents are decided and other segments released all the same.</summary>
    private async Task<SegmentRows> OpenOrTellAsync(SegmentInfo segment, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(segment, cancellationToken);
        }
        catch (SegmentCorruptException corrupt)
        {
            Meter.SegmentCorrupt();
            PartitionMessages.SegmentCorrupt(_logger, LogName, segment.Id, segment.Dataset, segment.Rows, corrupt);
            return new UnreadableRows(segment, corrupt);
        }
    }

    /// <summary>Makes entries of what is due. Everything that it does stands in the log, so that it may be cut off anywhere.</summary>
    private async Task SweepAsync()
    {
        if (_isSweeping) return;
        _isSweeping = true;
        try
        {
            await SweepConsentsAsync();
            await SweepOverdueRecallsAsync();
            await SweepErasedKeysAsync();
            await SweepCreditsAsync();
        }
        catch (Exception failure) when (failure is LogUnavailableException or LogFencedException or LogOverloadedException or UserKeysUnavailableException or TimeoutException or OrleansException)
        {
            // Nothing is lost: what is due stays due, and the next sweep, or the next activation's, takes it up.
            PartitionMessages.SweepFailed(_logger, LogName, failure);
        }
        finally
        {
            _isSweeping = false;
        }
    }

    private async Task SweepConsentsAsync()
    {
        while (ConsentDecisions.Sweep(State, Now()).Events.Length > 0)
        {
            await ExecuteAsync(
                ConsentDecisions.Sweep,
                decided =>
                {
                    // Something may have been taken away (a policy that narrows): what is being sent of it stops too.
                    if (decided.Decision.Events.Any(entry => entry is PolicyInForce)) _leases.Revoke(static _ => true);
                    return decided.Refusal;
                });
        }
    }

    private async Task SweepOverdueRecallsAsync()
    {
        var overdue = RecallRules.Overdue(State, Now()).GroupBy(recall => recall.Recall.Deal).ToList();
        foreach (var deal in overdue)
        {
            // Told again at each sweep: a deal that is resumed while a recall is overdue stops again.
            await DealOf(deal.Key).SuspendForOverdueRecallAsync($"{LogName}/recalls/{deal.First().Recall.Number}");
        }
    }

    private async Task SweepErasedKeysAsync()
    {
        foreach (var user in State.ErasedWithKey.Where(user => DatasetRules.CanDestroyKey(State, user, Now())).ToList())
        {
            await CheckFenceAsync(); // a stale activation must not destroy what a later one still recalls
            await Users.DestroyAsync(user);
            await ExecuteAsync((state, _) => state.ErasedWithKey.Contains(user)
                ? Decision<PartitionEvent>.Of(new UserKeyDestroyed(user))
                : Decision<PartitionEvent>.Nothing);
        }
    }

    private async Task SweepCreditsAsync()
    {
        foreach (var deal in State.Deals.Values.ToList())
        {
            var upTo = State.Position;
            var credits = ReleaseRules.UnsettledCredits(deal).ToList();
            if (credits.Count == 0) continue;
            await CheckFenceAsync();
            // The post may still be on its way, and a credit needs it: both go again, and repeats change nothing.
            await DealOf(deal.Deal).SettleAsync([.. credits.Select(credit => Settlement(credit.ReservationId, ReservationOutcome.Posted, credit.Charged))]);
            await DealOf(deal.Deal).SettleAsync([.. credits.Select(credit => Settlement(credit.ReservationId, ReservationOutcome.Credited, credit.Total))]);
            await ExecuteAsync((_, _) => Decision<PartitionEvent>.Of(new CreditsSettled(deal.Deal, upTo)));
        }
    }

    /// <summary>Waits until nothing of what was revoked can be sent any more. Acknowledge after it, never before.</summary>
    private async Task BarrierAsync(IReadOnlyList<SendLease> revoked)
    {
        await _leases.WaitAsync(revoked);
        if (Fence <= 1) return; // a brand-new log: no activation was before this one, so no lease is unknown
        var left = 2 * _leases.Lease - Time.GetElapsedTime(TakenOverAt);
        if (left > TimeSpan.Zero) await Task.Delay(left, Time);
    }

    private IReadOnlyList<SendLease> RevokeUser(int user) =>
        _leases.Revoke(lease => user >= lease.Users.First && user <= lease.Users.Last);

    private IDealReleasePort DealOf(string deal) => GrainFactory.GetGrain<IDealReleasePort>($"{Platform}/{deal}");

    private PartitionPull PullOf(string deal)
    {
        if (!_pulls.TryGetValue(deal, out var pull)) _pulls.Add(deal, pull = new PartitionPull());
        return pull;
    }

    private static Refusal UnknownUser(string userId) =>
        new(RefusalReason.NotFound, $"Nobody of id '{userId}' is known at this platform.", "user");
}
