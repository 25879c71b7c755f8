using System.Text;
using Broker.Domain.Platforms;
using Broker.Grains.Imports;
using Broker.Grains.Partitions;

namespace Broker.Storage.Imports;

/// <summary>What an import comes to against what is held: rows to add, in the order of segments, and rows to remove.</summary>
/// <param name="import">The import.</param>
/// <param name="spool">Its items.</param>
/// <param name="held">What the dataset holds.</param>
/// <param name="users">Users' numbers.</param>
/// <param name="rows">Where the rows to add are sorted.</param>
/// <param name="done">Partitions whose part is committed by an earlier attempt: they are left out.</param>
internal sealed class ImportPlan(
    RecordImport import, ImportSpool spool, HeldRecords held, UserNumbers users, ExternalSort rows, IReadOnlySet<int> done)
{
    private const int PendingMax = 1_000;
    private const long PendingBytesMax = 8L << 20;
    private const int RememberedMax = 100_000;
    private const int StackCharacters = 256;

    private readonly List<Winner> _pending = [];
    private readonly List<RowRemoval>[] _removals = [.. Enumerable.Range(0, import.PartitionCount).Select(_ => new List<RowRemoval>())];
    private readonly List<RowRemoval>[] _moves = [.. Enumerable.Range(0, import.PartitionCount).Select(_ => new List<RowRemoval>())];
    private readonly Dictionary<string, Owner> _owners = new(StringComparer.Ordinal);
    private int _sinceFlush;
    private long _pendingBytes;

    /// <summary>The last item of an id, which counts.</summary>
    private readonly record struct Winner(Owner Owner, ulong Hash, ReadOnlyMemory<byte> Record, int Replaced, long Copies);

    /// <summary>A user of the import: their partition, and their number once it was asked for.</summary>
    private sealed record Owner(string UserId, int Partition)
    {
        public int? Number { get; set; }
    }

    /// <summary>Counts by partition.</summary>
    public ImportTally[] Tallies { get; } = [.. Enumerable.Range(0, import.PartitionCount).Select(_ => new ImportTally())];

    /// <summary>Items that a later one of the same id supersedes.</summary>
    public long Superseded { get; private set; }

    /// <summary>Rows to remove in a partition, together with what is added there.</summary>
    public IReadOnlyList<RowRemoval> RemovalsOf(int partition) => _removals[partition];

    /// <summary>Rows that go to another partition: removed before they are added there, so that no moment has both.</summary>
    public IReadOnlyList<RowRemoval> MovesFrom(int partition) => _moves[partition];

    /// <summary>Goes through every item once.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        foreach (var (hash, items) in spool.Groups())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (import.IsComplete) RemoveMissing(held.SkippedTo(hash));
            foreach (var item in items) Decide(hash, item);
            if (import.IsComplete) RemoveMissing(held.Pass(hash, [.. items.Select(item => item.Id)]));
            if (_sinceFlush >= PendingMax || _pendingBytes >= PendingBytesMax) await FlushAsync();
        }

        if (import.IsComplete) RemoveMissing(held.Rest());
        await FlushAsync();
        for (var partition = 0; partition < import.PartitionCount; partition++) Tallies[partition].NewUsers = users.NewIn(partition);
    }

    private void Decide(ulong hash, FinalItem item)
    {
        Superseded += item.Superseded;
        var last = new SpooledRecord(item.Last.Span);
        var (holders, deleted) = held.Find(hash, last.Id);
        if (last.IsRecord && !IsAmong(deleted, last)) DecideRecord(hash, item, holders);
        else
        {
            foreach (var holder in holders) Remove(holder, RemovalCause.NoLongerPublic);
            if (last.IsRecord) RefuseRemoved(last, item.Copies + 1);
        }
    }

    private static bool IsAmong(List<HeldRecord> deleted, SpooledRecord record)
    {
        foreach (var removed in deleted)
            if (removed.IsSame(record))
                return true;
        return false;
    }

    private void RefuseRemoved(SpooledRecord record, long count)
    {
        var partition = OwnerOf(record.UserId).Partition;
        if (!done.Contains(partition)) Tallies[partition].Refuse(ImportRefusal.RemovedByRequest, count);
    }

    private void DecideRecord(ulong hash, FinalItem item, List<HeldRecord> holders)
    {
        var record = new SpooledRecord(item.Last.Span);
        var owner = OwnerOf(record.UserId);
        var partition = owner.Partition;
        var isKept = false;
        foreach (var holder in holders)
        {
            if (!isKept && holder.IsSame(record)) isKept = true;
            else Replace(holder, record, partition);
        }

        if (done.Contains(partition)) return;
        if (isKept) Tallies[partition].Keep(record.Kind, item.Copies);
        else Enter(new Winner(owner, hash, item.Last, holders.Count, item.Copies));
    }

    private void Enter(Winner winner)
    {
        _sinceFlush++;
        if (winner.Owner.Number is { } number)
        {
            Enter(winner, number);
            return;
        }

        _pending.Add(winner);
        _pendingBytes += winner.Record.Length;
    }

    // A platform has far fewer users than records: what is told from a user's id is remembered, up to a bound.
    private Owner OwnerOf(ReadOnlySpan<byte> userId)
    {
        var buffer = userId.Length <= StackCharacters ? stackalloc char[StackCharacters] : new char[userId.Length];
        var id = buffer[..Encoding.UTF8.GetChars(userId, buffer)];
        if (_owners.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(id, out var known)) return known;
        if (_owners.Count >= RememberedMax) _owners.Clear();
        var text = id.ToString();
        return _owners[text] = new Owner(text, PartitionKeys.IndexOf(text, import.PartitionCount));
    }

    private void Replace(HeldRecord holder, SpooledRecord by, int partition)
    {
        var cause = holder.IsOf(by.UserId) ? RemovalCause.Replaced : RemovalCause.OwnerChanged;
        var list = holder.Partition == partition ? _removals : _moves;
        list[holder.Partition].Add(new RowRemoval(holder.Segment.SegmentId, holder.Row, cause));
    }

    private void RemoveMissing(IEnumerable<HeldRecord> missing)
    {
        foreach (var holder in missing) Remove(holder, RemovalCause.MissingFromCompleteDump);
    }

    private void Remove(HeldRecord holder, RemovalCause cause)
    {
        if (done.Contains(holder.Partition)) return;
        _removals[holder.Partition].Add(new RowRemoval(holder.Segment.SegmentId, holder.Row, cause));
        Tallies[holder.Partition].Removed++;
    }

    private async Task FlushAsync()
    {
        foreach (var group in _pending.GroupBy(winner => winner.Owner.Partition))
        {
            var numbers = await users.OfAsync(group.Key, [.. group.Select(winner => winner.Owner.UserId).Distinct(StringComparer.Ordinal)]);
            foreach (var winner in group) Enter(winner, (winner.Owner.Number = numbers[winner.Owner.UserId]).Value);
        }

        _pending.Clear();
        (_pendingBytes, _sinceFlush) = (0, 0);
    }

    private void Enter(Winner winner, int user)
    {
        var tally = Tallies[winner.Owner.Partition];
        if (user < 0)
        {
            tally.Refuse(ImportRefusal.ErasedUser, winner.Copies + 1);
            tally.Removed += winner.Replaced; // it went to somebody who stays erased: nothing takes its place
            return;
        }

        var record = new SpooledRecord(winner.Record.Span);
        tally.Enter(record.Kind, winner.Replaced > 0, winner.Copies);
        var key = SegmentOrder.KeyOf(winner.Owner.Partition, record.Kind, user, record.CreatedAtMs, winner.Hash);
        if (spool.IsInMemory) rows.AddHeld(key, winner.Record);
        else rows.Add(key, winner.Record.Span);
    }
}
