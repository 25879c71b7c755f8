namespace Broker.Domain.Platforms;

/// <summary>What a record is. The numbers are on disk and on the wire: never reuse one.</summary>
public enum RecordKind
{
    /// <summary>Not a kind; refused wherever a kind is asked for.</summary>
    Unspecified = 0,

    /// <summary>A post, question, answer, page or article: something its author published.</summary>
    Post = 1,

    /// <summary>A comment under somebody's post.</summary>
    Comment = 2,

    /// <summary>The fact that a user liked a target. Licenses the fact, never the target's words.</summary>
    Like = 3,

    /// <summary>The fact that a user bookmarked a target. Licenses the fact, never the target's words.</summary>
    Bookmark = 4,

    /// <summary>An image, sound or film.</summary>
    Media = 5,
}
