using Broker.Domain.Platforms;
using Broker.Grains.Imports;

namespace Broker.Storage.Imports;

/// <summary>Counts of an import, or of one partition's part of it.</summary>
internal sealed class ImportTally
{
    private readonly SortedDictionary<RecordKind, long> _accepted = [];
    private readonly SortedDictionary<ImportRefusal, long> _refused = [];

    public long Read { get; set; }

    public long Added { get; private set; }

    public long Replaced { get; private set; }

    public long Unchanged { get; private set; }

    public long Removed { get; set; }

    public long NewUsers { get; set; }

    public void Refuse(ImportRefusal reason, long count = 1)
    {
        if (count > 0) _refused[reason] = _refused.GetValueOrDefault(reason) + count;
    }

    /// <summary>A record entered; the same record came this often besides.</summary>
    public void Enter(RecordKind kind, bool isReplacing, long copies)
    {
        if (isReplacing) Replaced++;
        else Added++;
        Unchanged += copies;
        Accept(kind, copies + 1);
    }

    /// <summary>A record was held already.</summary>
    public void Keep(RecordKind kind, long copies)
    {
        Unchanged += copies + 1;
        Accept(kind, copies + 1);
    }

    public void Add(ImportTally other)
    {
        (Read, Added, Replaced, Unchanged) = (Read + other.Read, Added + other.Added, Replaced + other.Replaced, Unchanged + other.Unchanged);
        (Removed, NewUsers) = (Removed + other.Removed, NewUsers + other.NewUsers);
        foreach (var (kind, count) in other._accepted) Accept(kind, count);
        foreach (var (reason, count) in other._refused) Refuse(reason, count);
    }

    public ImportReport ToReport() => new(Read, _accepted, _refused, Added, Replaced, Unchanged, Removed, NewUsers);

    private void Accept(RecordKind kind, long count) => _accepted[kind] = _accepted.GetValueOrDefault(kind) + count;
}
