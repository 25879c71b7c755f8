using Broker.Domain.Releases;

namespace Broker.Storage.Segments;

/// <summary>An open segment with what its records say: the rules' view and, for gateways, the bytes to send. Immutable, safe
/// for any number of threads, valid until its store is disposed.</summary>
/// <remarks>Field policy and bytes: a dropped field costs nothing, a plain one its UTF-8 bytes, a pseudonymised one
/// <see cref="FieldPolicy.PseudonymBytes"/>, but <b>an empty value stays empty under every policy and costs nothing</b>: a
/// pseudonym of nothing would say nothing and be charged.</remarks>
public abstract class SegmentContent : SegmentRows
{
    /// <summary>A field's UTF-8 bytes as the platform handed them in; empty where it has none.</summary>
    /// <param name="field">One field; <see cref="RecordFields.Author"/> is the platform's id of the user.</param>
    /// <param name="row">0 to <see cref="SegmentRows.Count"/> − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="field"/> is not one field, or there is no such row.</exception>
    public abstract ReadOnlySpan<byte> FieldAt(RecordFields field, int row);

    /// <summary>When the record was created at the platform, Unix milliseconds.</summary>
    /// <param name="row">0 to <see cref="SegmentRows.Count"/> − 1.</param>
    public abstract long CreatedAtMsAt(int row);
}
