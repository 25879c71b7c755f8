namespace Broker.Connectors.Ndjson;

/// <summary>The members of a line's object that are read.</summary>
internal enum NdjsonMember
{
    Id,
    UserId,
    Kind,
    Visibility,
    CreatedAt,
    Language,
    Title,
    Text,
    TargetId,
    Licence,
    Attribution,
}
