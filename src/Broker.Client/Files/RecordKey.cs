namespace Broker.Client.Files;

/// <summary>A record in a slice's file: its id is unique in its dataset only.</summary>
/// <param name="Dataset">Format: <c>platforms/{platform}/datasets/{dataset}</c>.</param>
/// <param name="Id">The platform's id of the record.</param>
internal readonly record struct RecordKey(string Dataset, string Id);
