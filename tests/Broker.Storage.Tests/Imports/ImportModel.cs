using Broker.Domain.Platforms;
using Broker.Grains.Imports;

namespace Broker.Storage.Tests.Imports;

/// <summary>What imports come to, in dictionaries.</summary>
internal sealed class ImportModel
{
    private readonly HashSet<string> _erased = new(StringComparer.Ordinal);
    private readonly HashSet<SourceRecord> _deleted = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public SortedDictionary<string, SourceRecord> Live { get; } = new(StringComparer.Ordinal);

    public void Erase(string user)
    {
        _erased.Add(user);
        _known.Add(user);
        foreach (var record in Live.Values.Where(record => record.UserId == user).ToList()) Live.Remove(record.Id);
    }

    /// <summary>A live record is removed, as its user asks for.</summary>
    public void Remove(string id)
    {
        _deleted.Add(Live[id]);
        Live.Remove(id);
    }

    public ImportReport Import(IReadOnlyList<SourceItem> items, bool isComplete)
    {
        var (accepted, refused) = (new Dictionary<RecordKind, long>(), new Dictionary<ImportRefusal, long>());
        var (added, replaced, unchanged, removed, newUsers) = (0L, 0L, 0L, 0L, 0L);
        foreach (var item in items)
            if (item.Refused is { } reason)
                Count(refused, reason, 1);

        var named = items.Where(item => IdOf(item) is not null).GroupBy(IdOf, StringComparer.Ordinal).ToList();
        foreach (var group in named)
        {
            var (last, copies, superseded) = Fold(group);
            Count(refused, ImportRefusal.Superseded, superseded);
            var wasHeld = Live.TryGetValue(group.Key!, out var held);
            if (last.Record is not { } record || _erased.Contains(record.UserId) || _deleted.Contains(record))
            {
                if (last.Record is { } barred) Count(refused, _erased.Contains(barred.UserId) ? ImportRefusal.ErasedUser : ImportRefusal.RemovedByRequest, copies + 1);
                if (Live.Remove(group.Key!)) removed++;
                continue;
            }

            Count(accepted, record.Kind, copies + 1);
            unchanged += copies;
            if (held == record) unchanged++;
            else if (wasHeld) replaced++;
            else added++;
            if (held != record && _known.Add(record.UserId)) newUsers++;
            Live[record.Id] = record;
        }

        if (isComplete)
            foreach (var missing in Live.Keys.Except(named.Select(group => group.Key!)).ToList())
            {
                Live.Remove(missing);
                removed++;
            }

        return new ImportReport(items.Count, accepted, refused, added, replaced, unchanged, removed, newUsers);
    }

    private static (SourceItem Last, long Copies, long Superseded) Fold(IEnumerable<SourceItem> items)
    {
        var (last, copies, superseded) = (default(SourceItem), 0L, 0L);
        foreach (var item in items)
        {
            if (last.Record is not null && last.Record == item.Record)
            {
                copies++;
                continue;
            }

            if (last.Record is not null) superseded += copies + 1;
            (last, copies) = (item, 0);
        }

        return (last, copies, superseded);
    }

    private static string? IdOf(SourceItem item) => item.Record?.Id ?? item.RefusedId;

    private static void Count<T>(Dictionary<T, long> counts, T key, long count)
        where T : notnull
    {
        if (count > 0) counts[key] = counts.GetValueOrDefault(key) + count;
    }
}
