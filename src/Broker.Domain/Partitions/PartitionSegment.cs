using System.Collections.Immutable;
using Broker.Domain.Platforms;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;

namespace Broker.Domain.Partitions;

/// <summary>A segment in a partition: what the log says of it, its removed rows, and its rows once they are opened.</summary>
/// <param name="info">What the log says of it.</param>
/// <param name="firstAdded">The least position at which one of its rows was added.</param>
/// <param name="lastAdded">The greatest.</param>
/// <param name="cleanUpTo">What was gone by this position does not lie in it.</param>
/// <param name="isRemnants">Whether it holds what is left of records that are gone.</param>
public sealed class PartitionSegment(SegmentInfo info, long firstAdded, long lastAdded, long cleanUpTo, bool isRemnants)
{
    private readonly Dictionary<int, long> _removed = [];
    private readonly HashSet<int> _deleted = [];
    private readonly Dictionary<int, RecordRef> _refs = [];
    private SegmentRows? _rows;
    private ImmutableArray<SegmentTokens> _tokens = [];
    private ImmutableArray<TokenCounts> _counts = [];

    /// <summary>A segment whose rows were added together.</summary>
    public PartitionSegment(SegmentInfo info, long addedPosition)
        : this(info, addedPosition, addedPosition, addedPosition, isRemnants: false)
    {
    }

    /// <summary>What the log says of it.</summary>
    public SegmentInfo Info { get; } = info;

    /// <summary>The least position at which one of its records was added.</summary>
    public long FirstAdded { get; } = firstAdded;

    /// <summary>The greatest position at which one of its records was added.</summary>
    public long LastAdded { get; } = lastAdded;

    /// <summary>What was removed, erased or made nameless by this position does not lie in it.</summary>
    public long CleanUpTo { get; } = cleanUpTo;

    /// <summary>Whether it holds what is left of records that are gone: nothing of it is released.</summary>
    public bool IsRemnants { get; } = isRemnants;

    /// <summary>Rows that were removed one by one and still lie in it, with the position of the removal. Remnants tell theirs themselves.</summary>
    public IReadOnlyDictionary<int, long> Removed => _removed;

    /// <summary>Removed rows that their user or platform asked to remove (<see cref="RemovalCause.Deleted"/>): an import must not bring them back.</summary>
    public IReadOnlySet<int> Deleted => _deleted;

    /// <summary>When the oldest removal was that still lies in it, by the log's clock; or null.</summary>
    public DateTimeOffset? OldestRemovalAt { get; private set; }

    /// <summary>Its rows.</summary>
    /// <exception cref="InvalidOperationException">They were not attached: replay must open segments before it decides.</exception>
    public SegmentRows Rows => _rows ?? throw new InvalidOperationException($"Segment {Info.Id} is not open.");

    /// <summary>Which tokenizers counted it, in the order in which they did.</summary>
    public ImmutableArray<SegmentTokens> Tokens => _tokens;

    /// <summary>Whether a tokenizer counted it.</summary>
    public bool IsCountedBy(string tokenizer)
    {
        foreach (var tokens in _tokens)
            if (tokens.Tokenizer == tokenizer)
                return true;
        return false;
    }

    /// <summary>The counts that a merge can copy: those that can be read.</summary>
    public ImmutableArray<SegmentTokens> ReadableTokens =>
        [.. _tokens.Where(tokens => _counts.Any(counts => counts.Tokenizer == tokens.Tokenizer && counts.IsReadable))];

    /// <summary>Its counts by a tokenizer.</summary>
    /// <exception cref="InvalidOperationException">It is not counted, or its counts were not attached: replay must open them before it decides.</exception>
    public TokenCounts CountsBy(string tokenizer)
    {
        foreach (var counts in _counts)
            if (counts.Tokenizer == tokenizer && IsCountedBy(tokenizer)) // what is open and not named yet counts nothing
                return counts;
        throw new InvalidOperationException($"The tokens of segment {Info.Id} by {tokenizer} are not open.");
    }

    /// <summary>The position at which a row's record was added.</summary>
    public long AddedAt(int row) => FirstAdded == LastAdded ? FirstAdded : Rows.AddedAt(row);

    /// <summary>How the log names a row, and recalls do: where it lay when it was removed, however often it was merged since.</summary>
    public RecordRef RefOf(int row)
    {
        if (IsRemnants) return Rows.RemnantAt(row).Ref;
        return _refs.TryGetValue(row, out var carried) ? carried : new RecordRef(Info.Id, row, AddedAt(row));
    }

    /// <summary>Whether the row was removed at or before a position.</summary>
    public bool IsRemovedAt(int row, long position) => IsRemnants
        ? Rows.RemnantAt(row).RemovedPosition <= position
        : _removed.TryGetValue(row, out var removed) && removed <= position;

    /// <summary>What a merge leaves of a row that is gone.</summary>
    public Remnant RemnantOf(int row) => IsRemnants
        ? Rows.RemnantAt(row)
        : new Remnant(_removed.GetValueOrDefault(row, long.MaxValue), _deleted.Contains(row), RefOf(row));

    internal SegmentSnapshot Freeze() => new(
        Info, FirstAdded, LastAdded, CleanUpTo, IsRemnants, OldestRemovalAt,
        [.. _removed.Select(row => new RemovedRow(row.Key, row.Value, _deleted.Contains(row.Key), _refs.TryGetValue(row.Key, out var carried) ? carried : null))])
    {
        Tokens = _tokens,
    };

    internal static PartitionSegment Restore(SegmentSnapshot snapshot)
    {
        var segment = new PartitionSegment(snapshot.Info, snapshot.FirstAdded, snapshot.LastAdded, snapshot.CleanUpTo, snapshot.IsRemnants)
        {
            OldestRemovalAt = snapshot.OldestRemovalAt,
            _tokens = snapshot.Tokens,
        };
        foreach (var row in snapshot.Removed)
        {
            segment._removed.Add(row.Row, row.Position);
            if (row.IsDeleted) segment._deleted.Add(row.Row);
            if (row.Ref is { } carried) segment._refs.Add(row.Row, carried);
        }

        return segment;
    }

    internal void Attach(SegmentRows rows) => _rows = rows;

    internal void Attach(TokenCounts counts) => _counts = [.. _counts.Where(known => known.Tokenizer != counts.Tokenizer), counts];

    internal void Count(SegmentTokens tokens) => _tokens = [.. _tokens, tokens];

    internal void Remove(int row, long position, DateTimeOffset at, RemovalCause cause)
    {
        if (!_removed.TryAdd(row, position)) return;
        OldestRemovalAt ??= at; // the log's clock does not run backwards
        if (cause == RemovalCause.Deleted) _deleted.Add(row);
    }

    /// <summary>Takes over what was removed from an input while this was being written.</summary>
    internal void Carry(PartitionSegment input, CarriedRemoval removal)
    {
        _removed.Add(removal.To, input._removed[removal.Row]);
        if (input._deleted.Contains(removal.Row)) _deleted.Add(removal.To);
        _refs.Add(removal.To, input._refs.TryGetValue(removal.Row, out var carried) ? carried : new RecordRef(input.Info.Id, removal.Row, removal.AddedPosition));
        if (OldestRemovalAt is null || input.OldestRemovalAt < OldestRemovalAt) OldestRemovalAt = input.OldestRemovalAt;
    }
}
