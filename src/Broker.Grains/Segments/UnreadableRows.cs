using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.Grains.Segments;

/// <summary>Stands for a segment that is missing, or is not what the log says: whoever needs its rows fails by its name, and nobody else does.</summary>
/// <param name="segment">The segment as the log names it.</param>
/// <param name="why">What is wrong with it.</param>
internal sealed class UnreadableRows(SegmentInfo segment, SegmentCorruptException why) : SegmentRows
{
    public override string SegmentId => segment.Id;

    public override string Dataset => segment.Dataset;

    public override RecordKind Kind => segment.Kind;

    public override int Count => segment.Rows;

    /// <summary>The segment as the log names it.</summary>
    public SegmentInfo Segment => segment;

    public override int UserAt(int row) => throw Unreadable();

    public override RowKey KeyAt(int row) => throw Unreadable();

    public override string LanguageAt(int row) => throw Unreadable();

    public override long BytesOf(int from, int to, FieldPolicy policy) => throw Unreadable();

    public override string IdAt(int row) => throw Unreadable();

    public override long AddedAt(int row) => throw Unreadable();

    public override Remnant RemnantAt(int row) => throw Unreadable();

    // A new one each time: one that is thrown again would show where it was thrown first.
    private SegmentCorruptException Unreadable() => new(segment.Id, "it cannot be read; the operator knows.", why);
}
