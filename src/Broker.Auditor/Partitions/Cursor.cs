using Broker.Protos.Log.V1;

namespace Broker.Auditor.Partitions;

/// <summary>A place in a walk: users in order, and within a user kind, creation and hash of the id.</summary>
internal readonly record struct Cursor(int User, int Kind, long CreatedAtMs, ulong IdHash) : IComparable<Cursor>
{
    public static readonly Cursor Start = AfterUser(-1);

    public static readonly Cursor End = AfterUser(int.MaxValue);

    /// <summary>The first user who may have rows after this place.</summary>
    public int NextUser => IsAfterUser ? User + 1 : User;

    private bool IsAfterUser => Kind == int.MaxValue;

    public static Cursor AfterUser(int user) => new(user, int.MaxValue, long.MaxValue, ulong.MaxValue);

    public static Cursor Of(uint users, RowKey? key)
    {
        var user = unchecked((int)(users - 1));
        return key is null ? AfterUser(user) : new(user, key.Kind, key.CreatedAtMs, key.IdHash);
    }

    public int CompareTo(Cursor other) =>
        (User, Kind, CreatedAtMs, IdHash).CompareTo((other.User, other.Kind, other.CreatedAtMs, other.IdHash));

    /// <inheritdoc/>
    public override string ToString() => IsAfterUser ? $"after user {User}" : $"within user {User}";
}
