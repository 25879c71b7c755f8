using System.Text;
using Broker.Domain;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Grains.Partitions;
using Broker.Grains.Segments;
using Broker.Storage.Imports;
using Broker.Storage.Segments;

namespace Broker.Storage.Tests.Imports;

/// <summary>A platform's partitions in memory, over the real rules and state: what the grains do, without their log.</summary>
internal sealed class MemoryPartitions(string platform, int count, SegmentStore store) : IImportPartitions
{
    private readonly PartitionState[] _states = [.. Enumerable.Range(0, count).Select(index => Created(platform, index, count))];
    private readonly Dictionary<string, int> _users = new(StringComparer.Ordinal);
    private readonly HashSet<string> _erased = new(StringComparer.Ordinal);

    /// <summary>Called before a commit is decided: another writer, or a crash, where it throws.</summary>
    public Func<int, ImportCommit, Task>? BeforeCommit { get; set; }

    /// <summary>Called after a commit is durable and before its caller learns of it.</summary>
    public Action<int, ImportCommit>? AfterCommit { get; set; }

    /// <summary>Answers a commit instead of the rules, where it is not null.</summary>
    public Func<int, Refusal?>? Refuse { get; set; }

    /// <summary>Called when users are asked for.</summary>
    public Action? Asked { get; set; }

    /// <summary>Commits that changed something.</summary>
    public int Commits { get; private set; }

    /// <summary>Users who are known.</summary>
    public int UserCount => _users.Count;

    public Task<PartitionManifest> GetManifestAsync(int partition, string dataset)
    {
        var state = _states[partition];
        return Task.FromResult(new PartitionManifest(state.ManifestPosition,
        [
            .. state.Segments.Where(segment => segment.Info.Dataset == dataset).Select(segment =>
                new ManifestSegment(segment.Info, segment.FirstAdded, [.. segment.Removed.Keys.Order()], [.. state.Erased.Keys.Order()], [.. segment.Deleted.Order()])
                {
                    IsRemnants = segment.IsRemnants,
                }),
        ])
        {
            Retired = [.. state.Retired.Where(retired => retired.Info.Dataset == dataset).Select(retired => retired.Info.Id)],
        });
    }

    public Task<int[]> EnsureUsersAsync(int partition, IReadOnlyList<string> userIds)
    {
        Assert.InRange(userIds.Count, 1, 1_000);
        Assert.All(userIds, user => Assert.Equal(partition, PartitionKeys.IndexOf(user, count)));
        Asked?.Invoke();
        return Task.FromResult(userIds.Select(user => _erased.Contains(user) ? -1 : Ensure(user)).ToArray());
    }

    public Task<int> UserCountAsync(int partition) => Task.FromResult(_states[partition].Consents.UserCount);

    public async Task<Refusal?> CommitAsync(int partition, ImportCommit commit)
    {
        if (BeforeCommit is { } before) await before(partition, commit);
        if (Refuse?.Invoke(partition) is { } refused) return refused;
        var state = _states[partition];
        if (state.ManifestPosition != commit.ManifestPosition) return DatasetRules.ManifestChanged;
        foreach (var info in commit.Segments)
            state.Attach(await store.OpenRowsAsync(new SegmentRef(platform, info.Dataset, info.Id, info.Digest.AsMemory()), CancellationToken.None));
        var removals = commit.Removals.Select(removal => Removed(state, removal)).Where(removed => !state.Erased.ContainsKey(removed.User)).ToList();
        var decision = DatasetRules.CommitImport(state, commit.ImportId, commit.ManifestPosition, commit.Segments, removals, default);
        Apply(state, decision);
        if (decision.Events.Length > 0) Commits++;
        AfterCommit?.Invoke(partition, commit);
        return decision.Refusal;
    }

    /// <summary>The state of a partition.</summary>
    public PartitionState this[int partition] => _states[partition];

    /// <summary>Writes what follows from a decision in a partition.</summary>
    public void Do(int partition, Func<PartitionState, Decision<PartitionEvent>> decide) => Apply(_states[partition], decide(_states[partition]));

    /// <summary>A user is erased, known before or not.</summary>
    public void Erase(string user)
    {
        var state = _states[PartitionKeys.IndexOf(user, count)];
        Apply(state, DatasetRules.Erase(state, Ensure(user), [.. Encoding.UTF8.GetBytes(user)], default));
        _erased.Add(user);
    }

    /// <summary>A record is removed, as its user asks for.</summary>
    public void Remove(string id)
    {
        var (state, segment, row) = EachLive().Single(live => live.Segment.Rows.IdAt(live.Row) == id);
        Apply(state, DatasetRules.Remove(state, [Removed(state, new RowRemoval(segment.Info.Id, row, RemovalCause.Deleted))], default));
    }

    /// <summary>Every live record of a dataset by its id; each lives once.</summary>
    public SortedDictionary<string, SourceRecord> Live(string dataset) => new(
        EachLive().Where(live => live.Segment.Info.Dataset == dataset).Select(live => Read((SegmentContent)live.Segment.Rows, live.Row)).ToDictionary(record => record.Id),
        StringComparer.Ordinal);

    /// <summary>Every row that lies in a segment that a log names, live or not.</summary>
    public IEnumerable<(string Id, string User)> EachStored() =>
        from state in _states
        from segment in state.Segments
        from row in Enumerable.Range(0, segment.Rows.Count)
        let record = Read((SegmentContent)segment.Rows, row)
        select (record.Id, record.UserId);

    /// <summary>The segments that the logs name.</summary>
    public IEnumerable<SegmentInfo> Segments => _states.SelectMany(state => state.Segments).Select(segment => segment.Info);

    private static PartitionState Created(string platform, int index, int count)
    {
        var state = new PartitionState();
        state.Apply(1, default, DatasetRules.Create(state, platform, index, count).Events.Single());
        return state;
    }

    private int Ensure(string user)
    {
        if (_users.TryGetValue(user, out var known)) return known;
        var state = _states[PartitionKeys.IndexOf(user, count)];
        var number = state.Consents.UserCount;
        Apply(state, DatasetRules.AddUsers(state, [[.. Encoding.UTF8.GetBytes(user)]]));
        return _users[user] = number;
    }

    // One append: what holds between two of its entries, nobody sees.
    private void Apply(PartitionState state, Decision<PartitionEvent> decision)
    {
        foreach (var fact in decision.Events) state.Apply(state.Position + 1, default, fact);
        if (decision.Events.Length > 0 && decision.Events[0] is not UserAdded) AssertNoneLivesTwice();
    }

    private void AssertNoneLivesTwice()
    {
        var seen = new HashSet<(string, string)>();
        foreach (var (_, segment, row) in EachLive())
            Assert.True(seen.Add((segment.Info.Dataset, segment.Rows.IdAt(row))), $"Record {segment.Rows.IdAt(row)} lives twice.");
    }

    private IEnumerable<(PartitionState State, PartitionSegment Segment, int Row)> EachLive() =>
        from state in _states
        from segment in state.Segments
        from row in Enumerable.Range(0, segment.Rows.Count)
        where !state.IsGone(segment, row, segment.Rows.UserAt(row), state.Position)
        select (state, segment, row);

    private static RecordRemoved Removed(PartitionState state, RowRemoval removal)
    {
        var segment = state.Segment(removal.SegmentId);
        var key = segment.Rows.KeyAt(removal.Row);
        return new RecordRemoved(
            segment.Rows.UserAt(removal.Row), removal.SegmentId, removal.Row, key.Kind, segment.Rows.LanguageAt(removal.Row), key.CreatedAtMs, segment.AddedAt(removal.Row),
            [], removal.Cause);
    }

    private static SourceRecord Read(SegmentContent content, int row) => new()
    {
        Id = Text(content, RecordFields.Id, row),
        UserId = Text(content, RecordFields.Author, row),
        Kind = content.Kind,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(content.CreatedAtMsAt(row)),
        Language = Text(content, RecordFields.Language, row),
        Title = Text(content, RecordFields.Title, row),
        Text = Text(content, RecordFields.Text, row),
        TargetId = Text(content, RecordFields.TargetId, row),
        Licence = Text(content, RecordFields.Licence, row),
        Attribution = Text(content, RecordFields.Attribution, row),
    };

    private static string Text(SegmentContent content, RecordFields field, int row) => Encoding.UTF8.GetString(content.FieldAt(field, row));
}
