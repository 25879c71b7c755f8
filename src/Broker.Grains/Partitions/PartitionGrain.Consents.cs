using Broker.Domain;
using Broker.Domain.Consents;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Grains.Deals;
using Broker.Grains.Logs;

namespace Broker.Grains.Partitions;

internal sealed partial class PartitionGrain
{
    /// <summary>Most users or rows of one call.</summary>
    private const int BatchMax = 1_000;

    /// <inheritdoc/>
    public async Task<Refusal?> AnnouncePolicyAsync(Policy policy)
    {
        if (await ExecuteAsync((state, now) => ConsentDecisions.Announce(state, policy, now)) is { } refusal) return refusal;
        await SweepConsentsAsync();
        await CheckFenceAsync();
        await BarrierAsync(_leases.Revoke(static lease => lease.IsRevoked));
        return null;
    }

    /// <inheritdoc/>
    public async Task<int[]> EnsureUsersAsync(IReadOnlyList<string> userIds)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(userIds.Count, BatchMax);
        // One at a time: the numbers that keys are made for are the numbers that the log then gives.
        await _usersGate.WaitAsync();
        try
        {
            await AddUsersAsync(await NewAmongAsync(userIds));
        }
        finally
        {
            _usersGate.Release();
        }

        return await ReadAsync((state, _) => userIds.Select(userId => NumberOfLiving(state, userId)).ToArray());
    }

    /// <inheritdoc/>
    public async Task<Refusal?> DecideAsync(string userId, ConsentDecision decision, bool isDated, Caller caller)
    {
        var started = Time.GetTimestamp();
        var user = (await EnsureUsersAsync([userId]))[0];
        if (user < 0) return Erased(userId);
        var revoked = new List<SendLease>();
        var refusal = await DecideAsync(user, decision, isDated, revoked, caller.RequestId.Length == 0 ? null : new RequestKey(caller.RequestId, caller.BodyDigest));
        await BarrierAsync(revoked);
        if (refusal is null && decision.Choice == ConsentChoice.Withdraw) Meter.Withdrawn(Time.GetElapsedTime(started));
        return refusal;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Refusal?>> ImportConsentsAsync(IReadOnlyList<ConsentRow> rows)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows.Count, BatchMax);
        var users = await EnsureUsersAsync([.. rows.Select(row => row.UserId)]);
        var revoked = new List<SendLease>();
        var (notices, decided) = Gather(() => (GiveNoticesAsync(rows, users, revoked), DecideAsync(rows, users, revoked)));
        var noticeRefusal = await notices;
        var refusals = await decided;
        await SweepConsentsAsync();
        await BarrierAsync(revoked);
        for (var index = 0; index < refusals.Length; index++)
            if (rows[index].NotifiedAt is not null || rows[index].Jurisdiction is not null)
                refusals[index] ??= noticeRefusal;
        return refusals;
    }

    /// <inheritdoc/>
    public Task<ConsentView?> GetConsentAsync(string userId) => ReadAsync((state, _) =>
        Users.NumberOf(userId) is var user and >= 0 ? ConsentOf(state, user, userId) : null);

    private Task<Refusal?> GiveNoticesAsync(IReadOnlyList<ConsentRow> rows, int[] users, List<SendLease> revoked)
    {
        var notices = new List<UserNotice>(rows.Count);
        for (var index = 0; index < rows.Count; index++)
            if (users[index] >= 0 && (rows[index].NotifiedAt is not null || rows[index].Jurisdiction is not null))
                notices.Add(new UserNotice(users[index], rows[index].NotifiedAt, rows[index].Jurisdiction));
        if (notices.Count == 0) return Task.FromResult<Refusal?>(null);
        return ExecuteAsync(
            (state, now) => ConsentDecisions.GiveNotices(state, notices, now),
            decided =>
            {
                foreach (var moved in decided.Decision.Events.OfType<JurisdictionChanged>()) revoked.AddRange(RevokeUser(moved.User));
                return decided.Refusal;
            });
    }

    /// <summary>The rows' decisions in their order, all in few appends; done when all are durable.</summary>
    private async Task<Refusal?[]> DecideAsync(IReadOnlyList<ConsentRow> rows, int[] users, List<SendLease> revoked)
    {
        var refusals = new Refusal?[rows.Count];
        var decisions = new List<(int Row, int User, ConsentDecision Decision)>(rows.Count);
        for (var row = 0; row < rows.Count; row++)
        {
            if (users[row] < 0) refusals[row] = Erased(rows[row].UserId);
            else if (rows[row].Decision is { } decision) decisions.Add((row, users[row], decision));
        }

        await ExecuteAllAsync(
            decisions,
            static (row, state, now) => ConsentDecisions.Decide(state, row.User, row.Decision, now),
            (index, decided) =>
            {
                var (row, user, decision) = decisions[index];
                refusals[row] = AfterDeciding(user, decision, decided.Refusal, revoked);
            });
        return refusals;
    }

    private Task<Refusal?> DecideAsync(int user, ConsentDecision decision, bool isDated, List<SendLease> revoked, RequestKey? request) => ExecuteAsync(
        (state, now) => isDated ? ConsentDecisions.Decide(state, user, decision, now) : ConsentDecisions.DecideNow(state, user, decision, now),
        decided => AfterDeciding(user, decision, decided.Refusal, revoked),
        request);

    /// <summary>Revokes what a withdrawal revokes. A repeat waits too: the withdrawal that it repeats may still be waiting for its own barrier.</summary>
    private Refusal? AfterDeciding(int user, ConsentDecision decision, Refusal? refusal, List<SendLease> revoked)
    {
        if (refusal is null && decision.Choice == ConsentChoice.Withdraw) revoked.AddRange(RevokeUser(user));
        return refusal;
    }

    private async Task<List<string>> NewAmongAsync(IReadOnlyList<string> userIds)
    {
        var fresh = userIds.Where(userId => Users.NumberOf(userId) < 0).Distinct(StringComparer.Ordinal).ToList();
        if (fresh.Count == 0 || State.Erased.Count == 0) return fresh;
        var hashes = await Users.SuppressionHashesAsync(fresh);
        return [.. fresh.Where((_, index) => !State.IsSuppressed(hashes[index]))];
    }

    private async Task AddUsersAsync(List<string> fresh)
    {
        if (fresh.Count == 0) return;
        var first = State.Consents.UserCount;
        var sealedIds = await Users.SealAsync(first, fresh);
        await ExecuteAsync(
            (state, _) => DatasetRules.AddUsers(state, sealedIds),
            decided =>
            {
                for (var index = 0; index < fresh.Count; index++) Users.Set(first + index, fresh[index]);
                return decided.Refusal;
            });
    }

    private int NumberOfLiving(PartitionState state, string userId)
    {
        var user = Users.NumberOf(userId);
        return user >= 0 && state.Erased.ContainsKey(user) ? -1 : user;
    }

    private static Refusal Erased(string userId) =>
        new(RefusalReason.UserErased, $"User '{userId}' was erased, and stays so.", "user");

    private static ConsentView ConsentOf(PartitionState state, int user, string userId) => new(
        userId,
        state.Consents.JurisdictionOf(user, long.MaxValue),
        state.Consents.Policies.At(long.MaxValue)?.Version ?? 0,
        [.. state.Consents.NoticesOf(user).Select(notice => notice.Version)],
        [.. state.Consents.DecisionsOf(user).Select(entry => entry.Decision)],
        state.Erased.ContainsKey(user) ? [] : [.. InForceOf(state, user)],
        state.Erased.ContainsKey(user));

    private static IEnumerable<ConsentInForce> InForceOf(PartitionState state, int user) =>
        from purpose in PurposeSets.Each
        from kind in RecordKindSets.Each
        let since = state.Consents.Since(user, kind, purpose.ToSet(), "", long.MaxValue)
        where since is not null
        let granted = ConsentRules.Says(state.Consents.DecisionsOf(user).Select(entry => entry.Decision), purpose, kind, "") == true
        select new ConsentInForce(purpose, kind, since.Value, granted ? "grant" : "policy-default");
}
