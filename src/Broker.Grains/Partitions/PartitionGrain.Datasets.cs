using Broker.Domain;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.Grains.Partitions;

internal sealed partial class PartitionGrain
{
    /// <summary>Erasures that wait for the disk at once while a restored log is set right; each may recall from many deals.</summary>
    private const int ErasuresAtOnce = 64;

    /// <inheritdoc/>
    public Task<PartitionManifest> GetManifestAsync(string dataset) => ReadAsync((state, _) => new PartitionManifest(
        state.ManifestPosition,
        [.. state.Segments.Where(segment => segment.Info.Dataset == dataset).Select(segment => ToManifest(state, segment))])
    {
        Retired = [.. state.Retired.Where(retired => retired.Info.Dataset == dataset).Select(retired => retired.Info.Id)],
    });

    /// <inheritdoc/>
    public async Task<Refusal?> CommitImportAsync(ImportCommit commit)
    {
        foreach (var segment in commit.Segments) State.Attach(await OpenAsync(segment, CancellationToken.None));
        // What it would remove may lie in other segments by now.
        if (await ReadAsync((state, _) => state.ManifestPosition) != commit.ManifestPosition) return DatasetRules.ManifestChanged;
        var removals = await SealAsync(commit.Removals);
        return await RemoveAsync(
            removals, (state, now) => DatasetRules.CommitImport(state, commit.ImportId, commit.ManifestPosition, commit.Segments, removals, now));
    }

    /// <inheritdoc/>
    public async Task<Refusal?> RemoveRecordAsync(string userId, string dataset, string recordId)
    {
        while (true)
        {
            var user = Users.NumberOf(userId);
            if (user < 0) return UnknownUser(userId);
            var rows = FindRows(user, dataset, recordId).ToList();
            if (rows.Count == 0) return new(RefusalReason.NotFound, $"User '{userId}' has no record '{recordId}' in dataset '{dataset}'.", "record");
            var removals = await SealAsync([.. rows.Select(row => new RowRemoval(row.Segment.Info.Id, row.From, RemovalCause.Deleted))]);
            var refusal = await RemoveAsync(removals, (state, now) => DatasetRules.Remove(state, removals, now));
            if (refusal?.Reason != RefusalReason.ManifestChanged) return refusal; // else a merge came between, and the record lies elsewhere
        }
    }

    /// <inheritdoc/>
    public async Task<Refusal?> EraseUserAsync(string userId)
    {
        // Somebody who is not known yet is made known and erased: an import that comes later must not bring them in.
        await EnsureUsersAsync([userId]);
        var user = Users.NumberOf(userId);
        if (user < 0) return await ErasedBeforeAsync();
        var hash = await Users.SuppressionHashAsync(userId);
        IReadOnlyList<SendLease> revoked = [];
        var refusal = await ExecuteAsync(
            (state, now) => DatasetRules.Erase(state, user, [.. hash], now),
            decided =>
            {
                revoked = RevokeUser(user);
                return decided.Refusal;
            });
        await BarrierAsync(revoked);
        return refusal;
    }

    /// <summary>A destroyed key says that its user has left, whatever a log that was restored from a backup says: they are erased again before
    /// anything is decided, and a number that the log has not given yet is passed over.</summary>
    private async Task EraseKeylessAsync(CancellationToken cancellationToken)
    {
        var gone = await _services.Keys.ListDestroyedAsync(LogName, cancellationToken);
        var alive = gone.Where(user => user < State.Consents.UserCount && !State.Erased.ContainsKey(user)).ToList();
        var known = State.Consents.UserCount;
        foreach (var users in alive.Chunk(ErasuresAtOnce))
            await Task.WhenAll(users.Select(user => ExecuteAsync((state, now) => DatasetRules.EraseKeyless(state, user, now))));
        while (gone is [.., var last] && last >= State.Consents.UserCount)
            await ExecuteAsync((state, _) => DatasetRules.PassOverNumbers(state, last, BatchMax));
        if (alive.Count > 0 || State.Consents.UserCount > known)
            PartitionMessages.ErasedKeyless(_logger, LogName, alive.Count, State.Consents.UserCount - known);
    }

    private async Task<Refusal?> ErasedBeforeAsync()
    {
        await CheckFenceAsync();
        await BarrierAsync([]);
        return null;
    }

    private async Task<Refusal?> RemoveAsync(
        IReadOnlyList<RecordRemoved> removals, Func<PartitionState, DateTimeOffset, Decision<PartitionEvent>> decide)
    {
        IReadOnlyList<SendLease> revoked = [];
        var users = removals.Select(removal => removal.User).Distinct().ToList();
        var refusal = await ExecuteAsync(
            decide,
            decided =>
            {
                if (decided.Refusal is null) revoked = [.. users.SelectMany(RevokeUser).Distinct()];
                return decided.Refusal;
            });
        if (refusal is null && removals.Count > 0) await BarrierAsync(revoked);
        return refusal;
    }

    private IEnumerable<RowRun> FindRows(int user, string dataset, string recordId)
    {
        foreach (var segment in State.Segments.Where(segment => segment.Info.Dataset == dataset))
            for (var row = segment.Rows.FirstRowOf(user); row < segment.Rows.Count && segment.Rows.UserAt(row) == user; row++)
                if (segment.Rows.IdAt(row) == recordId)
                    yield return new RowRun(segment, row, row + 1);
    }

    private async Task<List<RecordRemoved>> SealAsync(IReadOnlyList<RowRemoval> removals)
    {
        // Looked up before anything awaits: a merge may take the segments away meanwhile.
        var places = removals.Select(removal => (removal, Segment: State.Segment(removal.SegmentId))).ToList();
        var events = new List<RecordRemoved>(removals.Count);
        foreach (var (removal, segment) in places)
        {
            var user = segment.Rows.UserAt(removal.Row);
            if (State.Erased.ContainsKey(user)) continue; // gone with its user, and perhaps without a key
            var key = segment.Rows.KeyAt(removal.Row);
            events.Add(new RecordRemoved(
                user, removal.SegmentId, removal.Row, key.Kind, segment.Rows.LanguageAt(removal.Row), key.CreatedAtMs, segment.AddedAt(removal.Row),
                await Users.SealRecordAsync(user, segment.Rows.IdAt(removal.Row)), removal.Cause));
        }

        return events;
    }

    private static ManifestSegment ToManifest(PartitionState state, PartitionSegment segment) => new(
        segment.Info,
        segment.FirstAdded,
        [.. segment.Removed.Keys.Order()],
        [.. state.Erased.Keys.Order()],
        [.. segment.Deleted.Order()])
    {
        IsRemnants = segment.IsRemnants,
    };
}
