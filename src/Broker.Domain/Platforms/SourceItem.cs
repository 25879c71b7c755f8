namespace Broker.Domain.Platforms;

/// <summary>What a connector reads: a record that may enter, or a row that may not.</summary>
/// <param name="Record">The record, or null when the row is refused.</param>
/// <param name="Refused">Why the row may not enter, or null.</param>
/// <param name="RefusedId">The refused row's record id where it has one: a held record of that id is removed, for it was
/// public and is no more.</param>
public readonly record struct SourceItem(SourceRecord? Record, ImportRefusal? Refused, string? RefusedId)
{
    /// <summary>A record that may enter.</summary>
    public static SourceItem Accept(SourceRecord record) => new(record, null, null);

    /// <summary>A row that may not.</summary>
    public static SourceItem Refuse(ImportRefusal reason, string? id) => new(null, reason, id);
}
