using Broker.Domain.Platforms;

namespace Broker.Domain.Releases;

/// <summary>What the rules need to know of a segment's rows: sorted by user, then <see cref="RowKey"/>. Immutable.</summary>
/// <remarks>Storage implements it over the mapped Arrow file; tests over arrays.</remarks>
public abstract class SegmentRows
{
    /// <summary>The segment's id.</summary>
    public abstract string SegmentId { get; }

    /// <summary>The dataset that its records belong to.</summary>
    public abstract string Dataset { get; }

    /// <summary>The kind of all its records.</summary>
    public abstract RecordKind Kind { get; }

    /// <summary>Rows, 1 or more.</summary>
    public abstract int Count { get; }

    /// <summary>The user of a row (0 to <see cref="Count"/> − 1).</summary>
    public abstract int UserAt(int row);

    /// <summary>The row's key.</summary>
    public abstract RowKey KeyAt(int row);

    /// <summary>The row's language tag, or empty.</summary>
    public abstract string LanguageAt(int row);

    /// <summary>UTF-8 bytes of the rows [from, to) as released under the policy.</summary>
    public abstract long BytesOf(int from, int to, FieldPolicy policy);

    /// <summary>The record's id at the platform.</summary>
    public abstract string IdAt(int row);

    /// <summary>Adds the ids of the rows [from, to) to a digest, in their order.</summary>
    public virtual void AddIdsTo(SliceDigest digest, int from, int to)
    {
        for (var row = from; row < to; row++) digest.Add(IdAt(row));
    }

    /// <summary>The position at which a row's record was added; asked only of a segment whose rows came together by a merge.</summary>
    /// <exception cref="NotSupportedException">They were added together: the log says where.</exception>
    public virtual long AddedAt(int row) => throw new NotSupportedException($"The rows of segment {SegmentId} were added together.");

    /// <summary>What is known of the removal of a row; asked only of a segment of remnants.</summary>
    /// <exception cref="NotSupportedException">It holds records.</exception>
    public virtual Remnant RemnantAt(int row) => throw new NotSupportedException($"Segment {SegmentId} holds records, not remnants.");

    /// <summary>The first row behind a row that is another user's; <see cref="Count"/> when there is none.</summary>
    public virtual int EndOfUserAt(int row)
    {
        // In steps that double: a user's rows are few and near.
        int user = UserAt(row), low = row, step = 1;
        while (low + step < Count && UserAt(low + step) == user)
        {
            low += step;
            step <<= 1;
        }

        var high = Math.Min(low + step, Count);
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            if (UserAt(middle) == user) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>The first row whose user is at least <paramref name="user"/>; <see cref="Count"/> when there is none.</summary>
    public int FirstRowOf(int user)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            if (UserAt(middle) < user) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>The first row that is not before a user's row of this key; <see cref="Count"/> when there is none.</summary>
    public int FirstRowOf(int user, RowKey key)
    {
        int low = FirstRowOf(user), high = Count;
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            if (UserAt(middle) == user && KeyAt(middle) < key) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
