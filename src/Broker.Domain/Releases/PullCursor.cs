namespace Broker.Domain.Releases;

/// <summary>A place in a pull's walk over a partition: everything up to and including this user's row is done.</summary>
/// <param name="User">The user's number.</param>
/// <param name="Key">The last row done of that user; <see cref="RowKey.Last"/> when the user is finished.</param>
public readonly record struct PullCursor(int User, RowKey Key) : IComparable<PullCursor>
{
    /// <summary>Before the first user.</summary>
    public static readonly PullCursor Start = new(-1, RowKey.Last);

    /// <summary>After the last user.</summary>
    public static readonly PullCursor End = new(int.MaxValue, RowKey.Last);

    /// <summary>The first user who may have rows after this place.</summary>
    public int NextUser => Key == RowKey.Last ? User + 1 : User;

    /// <inheritdoc/>
    public int CompareTo(PullCursor other)
    {
        var byUser = User.CompareTo(other.User);
        return byUser != 0 ? byUser : Key.CompareTo(other.Key);
    }

    /// <summary>Whether <paramref name="left"/> comes first.</summary>
    public static bool operator <(PullCursor left, PullCursor right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> comes later.</summary>
    public static bool operator >(PullCursor left, PullCursor right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> comes first or is the same.</summary>
    public static bool operator <=(PullCursor left, PullCursor right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> comes later or is the same.</summary>
    public static bool operator >=(PullCursor left, PullCursor right) => left.CompareTo(right) >= 0;
}
