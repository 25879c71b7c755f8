using Apache.Arrow;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;

namespace Broker.Storage.Segments;

/// <summary>The columns that only remnants have.</summary>
internal sealed record RemnantColumns(Int64Array Removed, Int32Array Deleted, StringArray NamedSegments, Int32Array NamedRows, StringArray Contents)
{
    public Remnant At(int at, long addedPosition) => new(
        Removed.Values[at], Deleted.Values[at] != 0, new RecordRef(NamedSegments.GetString(at), NamedRows.Values[at], addedPosition));
}
