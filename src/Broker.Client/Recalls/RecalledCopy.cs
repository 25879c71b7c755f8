using Broker.Client.Pulls;

namespace Broker.Client.Recalls;

/// <summary>A record, as one slice brought it, that has to be deleted.</summary>
/// <param name="Slice">The slice that brought it.</param>
/// <param name="Dataset">Format: <c>platforms/{platform}/datasets/{dataset}</c>.</param>
/// <param name="RecordId">The platform's id of the record.</param>
public readonly record struct RecalledCopy(SliceId Slice, string Dataset, string RecordId);
