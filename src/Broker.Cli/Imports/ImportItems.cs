using Broker.Domain.Platforms;
using Broker.Protos.V1;
using RecordKind = Broker.Protos.V1.RecordKind;

namespace Broker.Cli.Imports;

/// <summary>What connectors read, as it goes to the broker.</summary>
internal static class ImportItems
{
    /// <summary>One item.</summary>
    public static ImportItem Of(SourceItem item) => item.Record is { } record
        ? new ImportItem { Record = Of(record) }
        : new ImportItem { Refused = new RefusedItem { Reason = (ImportRefusalReason)item.Refused!.Value, RecordId = item.RefusedId ?? "" } };

    private static Protos.V1.Record Of(SourceRecord record) => new()
    {
        Id = record.Id,
        Author = record.UserId,
        Kind = (RecordKind)record.Kind,
        CreateTimeMs = record.CreatedAt.ToUnixTimeMilliseconds(),
        Language = record.Language,
        Title = record.Title,
        Text = record.Text,
        TargetId = record.TargetId,
        Licence = record.Licence,
        Attribution = record.Attribution,
    };
}
