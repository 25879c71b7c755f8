using Broker.Protos.Log.V1;

namespace Broker.Auditor.Partitions;

/// <summary>The partition's segments: what was added, merged and deleted, which rows were removed, and in which files they are read.</summary>
/// <remarks>A merge keeps every row: what is gone stays as a remnant. So rows are counted without any file, and nothing can be lost, or doubled, by one.</remarks>
internal sealed class SegmentBook
{
    private readonly LogFindings _findings;
    private readonly MergesAhead? _ahead;
    private readonly Dictionary<string, Segment> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Segment, int Row), long> _removed = [];
    private readonly Dictionary<string, List<int>> _removedIn = new(StringComparer.Ordinal);
    private readonly List<Segment> _readable = [];

    public SegmentBook(MergesAhead? ahead, LogFindings findings)
    {
        (_ahead, _findings) = (ahead, findings);
        if (ahead is not null) _readable.AddRange(ahead.Last);
    }

    /// <summary>The segments whose files tell of every record that there ever was.</summary>
    public IReadOnlyList<Segment> Readable => _readable;

    /// <summary>Where a row was removed, up to now; or null.</summary>
    public long? RemovalOf(AuditRowName name) => _removed.TryGetValue((name.SegmentId, name.Row), out var position) ? position : null;

    public void Add(RecordsAdded added)
    {
        var segment = Segment.Of(added, _findings.Position);
        if (!_findings.Check(_known.TryAdd(segment.Id, segment), Promise.Order, $"Segment {added.SegmentId} was added twice.")) return;
        if (_ahead is null || !_ahead.TakesAway(segment.Id)) _readable.Add(segment);
    }

    /// <summary>True where the row was there to be removed.</summary>
    public bool Remove(RecordRemoved removed)
    {
        var isThere = _known.TryGetValue(removed.SegmentId, out var segment)
            && removed.Row >= 0 && removed.Row < segment.Rows && segment.FirstAdded <= removed.AddedPosition && removed.AddedPosition <= segment.LastAdded
            && !segment.IsMergedAway && !segment.IsRemnants;
        if (!_findings.Check(isThere, Promise.Order, $"Row {removed.Row} of segment {removed.SegmentId} was removed and never added at {removed.AddedPosition}.")) return false;
        if (!_removed.TryAdd((removed.SegmentId, removed.Row), _findings.Position)) return true;
        if (!_removedIn.TryGetValue(removed.SegmentId, out var rows)) _removedIn[removed.SegmentId] = rows = [];
        rows.Add(removed.Row);
        return true;
    }

    public void Count(TokensCounted counted)
    {
        var tokens = counted.Tokens ?? new SegmentTokens();
        var isThere = Find(counted.SegmentId) is { IsMergedAway: false, IsRemnants: false } segment && segment.Tokens.TryAdd(tokens.Tokenizer, tokens.Digest.Memory);
        _findings.Check(
            isThere && tokens.Tokenizer.Length > 0, Promise.Order,
            $"Tokens of segment {counted.SegmentId} were counted by '{tokens.Tokenizer}' twice, or where no records lie.");
    }

    /// <summary>The segments that hold records of a dataset and kind which were added up to a position, and which a tokenizer has not counted.</summary>
    public IEnumerable<Segment> Uncounted(Terms terms, long addedUpTo) =>
        from segment in _known.Values
        where !segment.IsMergedAway && !segment.IsRemnants && segment.FirstAdded <= addedUpTo
        where terms.Admits(segment.Dataset, segment.Kind) && !segment.Tokens.ContainsKey(terms.Tokenizer)
        select segment;

    public void Merge(SegmentsMerged merged)
    {
        var inputs = merged.Inputs.Select(Find).OfType<Segment>().ToList();
        var outputs = merged.Outputs.Select(output => Segment.Of(merged, output)).ToList();
        var name = $"The merge of {string.Join(", ", merged.Inputs)}";
        if (!_findings.Check(
                inputs.Count == merged.Inputs.Count && inputs.Count > 0 && inputs.Distinct().Count() == inputs.Count && inputs.TrueForAll(input => !input.IsMergedAway),
                Promise.Order, $"{name} takes a segment that is not there, or twice."))
            return;
        CheckOutputs(name, merged, inputs, outputs);
        CheckCarried(name, merged, inputs, outputs);
        foreach (var input in inputs) input.IsMergedAway = true;
        foreach (var output in outputs) _findings.Check(_known.TryAdd(output.Id, output), Promise.Order, $"{name} made segment {output.Id}, which was there already.");
    }

    public void Delete(SegmentsDeleted deleted)
    {
        foreach (var id in deleted.SegmentIds)
        {
            var isFree = Find(id) is { IsMergedAway: true, IsDeleted: false };
            if (_findings.Check(isFree, Promise.Order, $"Segment {id} was deleted though its records lie nowhere else, or twice.")) Find(id)!.IsDeleted = true;
        }
    }

    private Segment? Find(string id) => _known.GetValueOrDefault(id);

    private void CheckOutputs(string name, SegmentsMerged merged, List<Segment> inputs, List<Segment> outputs)
    {
        var (first, rows) = (inputs[0], inputs.Sum(input => (long)input.Rows));
        _findings.Check(
            inputs.Concat(outputs).All(segment => segment.Dataset == first.Dataset && segment.Kind == first.Kind) && inputs.TrueForAll(input => input.IsRemnants == first.IsRemnants),
            Promise.Order, $"{name} mixes datasets, kinds, or records and remnants.");
        _findings.Check(
            outputs.Count(output => output.IsRemnants) <= 1 && outputs.Count(output => !output.IsRemnants) <= (first.IsRemnants ? 0 : 1),
            Promise.Order, $"{name} made more segments than one of records and one of remnants.");
        _findings.Check(
            outputs.Sum(output => (long)output.Rows) == rows, Promise.Order,
            $"{name} made {outputs.Sum(output => (long)output.Rows)} rows of {rows}: records were lost, or doubled.");
        _findings.Check(
            outputs.TrueForAll(output => output.FirstAdded >= inputs.Min(input => input.FirstAdded) && output.LastAdded <= inputs.Max(input => input.LastAdded)),
            Promise.Order, $"{name} says that its records were added elsewhere than its inputs' were.");
        var counted = inputs.Select(input => input.Tokens.Keys.ToHashSet(StringComparer.Ordinal)).ToList();
        _findings.Check(
            outputs.TrueForAll(output => output.IsRemnants ? output.Tokens.Count == 0 : counted.TrueForAll(tokenizers => tokenizers.IsSupersetOf(output.Tokens.Keys))),
            Promise.Order, $"{name} has counts of tokens that its inputs had not.");
        _findings.Check(
            merged.CleanUpTo < _findings.Position && merged.CleanUpTo >= inputs.Max(input => input.LastAdded) && inputs.TrueForAll(input => input.CleanUpTo <= merged.CleanUpTo),
            Promise.Order, $"{name} says that it is clean up to {merged.CleanUpTo}.");
    }

    private void CheckCarried(string name, SegmentsMerged merged, List<Segment> inputs, List<Segment> outputs)
    {
        var late = from input in inputs
                   from row in _removedIn.GetValueOrDefault(input.Id) ?? []
                   where _removed[(input.Id, row)] > merged.CleanUpTo
                   select (input.Id, row);
        var records = outputs.Find(output => !output.IsRemnants);
        var carried = merged.Carried.Select(removal => (removal.SegmentId, removal.Row)).ToList();
        _findings.Check(
            late.ToHashSet().SetEquals(carried) && carried.Distinct().Count() == carried.Count
                && merged.Carried.Select(removal => removal.To).Distinct().Count() == carried.Count
                && merged.Carried.All(removal => removal.To >= 0 && removal.To < (records?.Rows ?? 0)),
            Promise.Order, $"{name} does not carry over what was removed while it ran: a removed record would come back.");
    }
}
