using Broker.Protos.Log.V1;

namespace Broker.Auditor.Partitions;

/// <summary>What of a scope a round asks for; an absent message asks for all of it.</summary>
internal sealed class RoundFilter(PullFilter? filter)
{
    private readonly PullFilter _filter = filter ?? new();

    public bool IsEverything => _filter.Kinds == 0 && _filter.Datasets.Count == 0 && _filter.Languages.Count == 0 && !_filter.HasCreatedFromMs && !_filter.HasCreatedBeforeMs;

    /// <summary>Whether it may admit any record of a segment.</summary>
    public bool AdmitsAny(Segment segment) =>
        (_filter.Kinds == 0 || Masks.Has(_filter.Kinds, segment.Kind)) && (_filter.Datasets.Count == 0 || _filter.Datasets.Contains(segment.Dataset));

    public bool Admits(PlacedRow row) =>
        AdmitsAny(row.Segment)
        && (_filter.Languages.Count == 0 || _filter.Languages.Contains(row.Row.Language))
        && (!_filter.HasCreatedFromMs || row.Row.CreatedAtMs >= _filter.CreatedFromMs)
        && (!_filter.HasCreatedBeforeMs || row.Row.CreatedAtMs < _filter.CreatedBeforeMs);

    /// <summary>Whether another admits all that this one may.</summary>
    public bool IsWithin(RoundFilter other)
    {
        var outer = other._filter;
        return (outer.Kinds == 0 || (_filter.Kinds != 0 && (_filter.Kinds & ~outer.Kinds) == 0))
            && (outer.Datasets.Count == 0 || (_filter.Datasets.Count > 0 && _filter.Datasets.All(outer.Datasets.Contains)))
            && (outer.Languages.Count == 0 || (_filter.Languages.Count > 0 && _filter.Languages.All(outer.Languages.Contains)))
            && (!outer.HasCreatedFromMs || (_filter.HasCreatedFromMs && _filter.CreatedFromMs >= outer.CreatedFromMs))
            && (!outer.HasCreatedBeforeMs || (_filter.HasCreatedBeforeMs && _filter.CreatedBeforeMs <= outer.CreatedBeforeMs));
    }
}
