using Broker.Domain.Releases;

namespace Broker.Storage.Segments;

/// <summary>An open segment with what its records say: the rules' view and, for gateways, the bytes to send. Immutable, safe
/// for any number of threads, valid as long as somebody refers to it and its store is not disposed.</summary>
/// <remarks>Field policy and bytes: a dropped field costs nothing, a plain one its UTF-8 bytes, a pseudonymised one
/// <see cref="FieldPolicy.PseudonymBytes"/>, but <b>an empty value stays empty under every policy and costs nothing</b>: a
/// pseudonym of nothing would say nothing and be charged.</remarks>
public abstract class SegmentContent : SegmentRows
{
    /// <summary>A field's UTF-8 bytes as the platform handed them in; empty where it has none.</summary>
    /// <param name="field">One field; <see cref="RecordFields.Author"/> is the platform's id of the user.</param>
    /// <param name="row">0 to <see cref="SegmentRows.Count"/> − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="field"/> is not one field, or there is no such row.</exception>
    /// <remarks>The span lies in the segment's mapped file, which goes with the last reference to the segment: <c>GC.KeepAlive</c> the segment after the span's last use.</remarks>
    public abstract ReadOnlySpan<byte> FieldAt(RecordFields field, int row);

    /// <summary>Whether a field's UTF-8 bytes are these.</summary>
    /// <param name="field">One field.</param>
    /// <param name="row">0 to <see cref="SegmentRows.Count"/> − 1.</param>
    /// <param name="value">The bytes.</param>
    public bool FieldEquals(RecordFields field, int row, ReadOnlySpan<byte> value)
    {
        var isEqual = FieldAt(field, row).SequenceEqual(value);
        GC.KeepAlive(this);
        return isEqual;
    }

    /// <summary>Whether it holds what is left of records that are gone.</summary>
    public virtual bool IsRemnants => false;

    /// <summary>Whether a merge made it: its rows tell where each was added.</summary>
    public virtual bool IsMerged => false;

    /// <summary>SHA-256, in lower-case hex, of the record that a remnant was (<see cref="Imports.SpooledRecord"/>'s bytes); empty where it may come back.</summary>
    /// <exception cref="NotSupportedException">The segment holds records.</exception>
    public virtual string ContentDigestAt(int row) => throw new NotSupportedException($"Segment {SegmentId} holds records, not remnants.");

    /// <summary>When the record was created at the platform, Unix milliseconds.</summary>
    /// <param name="row">0 to <see cref="SegmentRows.Count"/> − 1.</param>
    public abstract long CreatedAtMsAt(int row);

    /// <summary>The columns of the rows that lie in one piece with a row; null where they do not lie in memory as they are sent.</summary>
    /// <param name="row">0 to <see cref="SegmentRows.Count"/> − 1.</param>
    public virtual SegmentColumns? ColumnsAt(int row) => null;
}
