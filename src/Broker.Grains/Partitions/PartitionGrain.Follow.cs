using Broker.Domain;
using Broker.Domain.Consents;
using Broker.Domain.Partitions;
using Broker.Domain.Releases;
using Broker.Grains.Logs;
using Broker.Grains.Pulls;

namespace Broker.Grains.Partitions;

internal sealed partial class PartitionGrain
{
    private static readonly Refusal FollowNotAllowed = new(
        RefusalReason.FollowNotAllowed, "The contract does not allow a pull to stay open for fresh records. Pull without it, or ask for an amendment.", "follow");

    /// <inheritdoc/>
    public async Task<FollowAnswer> FollowAsync(string deal, string streamId, PullFilter? filter)
    {
        if (Hold is { } hold) return new FollowAnswer(hold, false);
        var pull = PullOf(deal);
        if (NotPulledBy(pull, streamId) is { } other) return new FollowAnswer(other, false);
        // An amendment opens what this partition learns of by asking alone; an end, and a limit that is full, are told by nobody else.
        var contract = await DealOf(deal).GetContractInForceAsync();
        if (contract.Refusal is { } refusal) return new FollowAnswer(refusal, false, ProgressOf(deal));
        await SeeContractAsync(deal, contract);
        if (!contract.Terms!.Scope.FollowAllowed) return new FollowAnswer(FollowNotAllowed, false, ProgressOf(deal));
        if (contract.FullLimit is { } limit) return new FollowAnswer(Full(limit), false, ProgressOf(deal));

        // Fence checked: a stale activation would say for ever that nothing is new.
        return await ReadAsync((state, _) => Look(state, deal, pull, streamId, filter), Settle.CheckFence);
    }

    /// <inheritdoc/>
    protected override void OnDurable(IReadOnlyList<LoggedEvent<PartitionEvent>> events)
    {
        if (events.Any(static logged => logged.Event is RecordsAdded or ContractSeen)) _ = CountSoon();
        if (!events.Any(static logged => MayOpen(logged.Event))) return;
        foreach (var pull in _pulls.Values) Wake(pull);
    }

    /// <summary>Runs on one turn: what is applied after this look wakes who waits from here on.</summary>
    private static FollowAnswer Look(PartitionState state, string deal, PartitionPull pull, string streamId, PullFilter? filter)
    {
        if (NotPulledBy(pull, streamId) is { } other) return new FollowAnswer(other, false);
        var lineage = state.Deals[deal];
        var hasMore = lineage.OpenRound is not null || SliceSelector.HasNews(state, lineage, filter, pull.NothingUpTo);
        if (hasMore) pull.HasOpenedRound = false;
        else pull.NothingUpTo = state.Position;
        pull.IsWaiting = !hasMore;
        return new FollowAnswer(null, hasMore);
    }

    private void Wake(PartitionPull pull)
    {
        if (!pull.IsWaiting) return;
        pull.IsWaiting = false;
        pull.Observer?.MayHaveMore(Index);
    }

    private static bool MayOpen(PartitionEvent fact) => fact switch
    {
        ConsentChanged changed => changed.Decision.Choice == ConsentChoice.Grant,
        RecordsAdded or NoticeRun or PolicyInForce or JurisdictionChanged or ContractSeen => true,
        _ => false,
    };

    private static Refusal Full(string limit) => new(RefusalReason.QuotaExceeded, $"The limit {limit} is used up.", "limits", limit);
}
