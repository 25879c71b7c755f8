namespace Broker.Domain.Releases;

/// <summary>The string fields of a record that a deal's field policy speaks of; one bit a field.</summary>
[Flags]
public enum RecordFields
{
    /// <summary>No field.</summary>
    None = 0,

    /// <summary>The record's id. Always released as it is: a recall names it.</summary>
    Id = 1,

    /// <summary>The platform's id of the author.</summary>
    Author = 2,

    /// <summary>The language tag.</summary>
    Language = 4,

    /// <summary>The title.</summary>
    Title = 8,

    /// <summary>The text.</summary>
    Text = 16,

    /// <summary>The id of the record's target.</summary>
    TargetId = 32,

    /// <summary>The licence.</summary>
    Licence = 64,

    /// <summary>How to credit the author.</summary>
    Attribution = 128,

    /// <summary>Every field.</summary>
    All = Id | Author | Language | Title | Text | TargetId | Licence | Attribution,
}
