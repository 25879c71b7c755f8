using Broker.Connectors;
using Broker.Domain.Platforms;
using Broker.Protos.V1;

namespace Broker.Cli.Commands;

/// <summary>What a connector read, as it goes to the node.</summary>
internal static class IngestItems
{
    /// <summary>Reads an export from its start.</summary>
    /// <exception cref="ConnectorException">While enumerating: it is truncated, damaged or another kind of file.</exception>
    public static IEnumerable<ImportItem> Of(SourceExport export) => export.Read().Select(ToWire);

    private static ImportItem ToWire(SourceItem item) => item.Record is { } record
        ? new() { Record = ToWire(record) }
        : new() { Refused = new() { Reason = (ImportRefusalReason)item.Refused!.Value, RecordId = item.RefusedId ?? "" } };

    private static Record ToWire(SourceRecord record) => new()
    {
        Id = record.Id,
        Author = record.UserId,
        Kind = (Protos.V1.RecordKind)record.Kind,
        CreateTimeMs = record.CreatedAt.ToUnixTimeMilliseconds(),
        Language = record.Language,
        Title = record.Title,
        Text = record.Text,
        TargetId = record.TargetId,
        Licence = record.Licence,
        Attribution = record.Attribution,
    };
}
