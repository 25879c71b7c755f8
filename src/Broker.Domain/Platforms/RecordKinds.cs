using System.Collections.Immutable;

namespace Broker.Domain.Platforms;

/// <summary>A set of <see cref="RecordKind"/>, one bit a kind (bit n is kind n).</summary>
[Flags]
public enum RecordKinds
{
    /// <summary>The empty set.</summary>
    None = 0,

    /// <summary><see cref="RecordKind.Post"/>.</summary>
    Post = 1 << RecordKind.Post,

    /// <summary><see cref="RecordKind.Comment"/>.</summary>
    Comment = 1 << RecordKind.Comment,

    /// <summary><see cref="RecordKind.Like"/>.</summary>
    Like = 1 << RecordKind.Like,

    /// <summary><see cref="RecordKind.Bookmark"/>.</summary>
    Bookmark = 1 << RecordKind.Bookmark,

    /// <summary><see cref="RecordKind.Media"/>.</summary>
    Media = 1 << RecordKind.Media,

    /// <summary>Every kind.</summary>
    All = Post | Comment | Like | Bookmark | Media,
}

/// <summary>Set operations on <see cref="RecordKinds"/>.</summary>
public static class RecordKindSets
{
    /// <summary>Every kind, in the order of their numbers.</summary>
    public static readonly ImmutableArray<RecordKind> Each =
        [RecordKind.Post, RecordKind.Comment, RecordKind.Like, RecordKind.Bookmark, RecordKind.Media];

    /// <summary>The set that holds only <paramref name="kind"/>.</summary>
    public static RecordKinds ToSet(this RecordKind kind) =>
        kind == RecordKind.Unspecified ? RecordKinds.None : (RecordKinds)(1 << (int)kind);

    /// <summary>Whether <paramref name="kind"/> is in the set.</summary>
    public static bool Contains(this RecordKinds kinds, RecordKind kind) => (kinds & kind.ToSet()) != 0;

    /// <summary>The kinds of the set, in the order of their numbers.</summary>
    public static IEnumerable<RecordKind> Members(this RecordKinds kinds) => Each.Where(kind => kinds.Contains(kind));
}
