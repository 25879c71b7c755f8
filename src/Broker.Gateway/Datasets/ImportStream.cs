using System.Runtime.CompilerServices;
using Broker.Domain.Platforms;
using Broker.Gateway.Errors;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;
using Grpc.Core;
using RecordKind = Broker.Domain.Platforms.RecordKind;

namespace Broker.Gateway.Datasets;

/// <summary>The messages of an import: header, batches, end. A stream that breaks, or ends without its end, throws: nothing is kept then.</summary>
internal sealed class ImportStream(IAsyncStreamReader<ImportRecordsRequest> stream)
{
    private const int BatchMax = 1_000;

    // Between the years 1 and 9999, as the rules' times.
    private static readonly long CreatedAtMin = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long CreatedAtMax = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    private long _count;

    public async Task<(DatasetName Dataset, string ImportId, bool IsComplete)> OpenAsync(CancellationToken cancellationToken)
    {
        if (!await stream.MoveNext(cancellationToken) || stream.Current.Header is not { } header) throw RpcErrors.InvalidField("header", "Send the header first.");
        var fields = new RequestFields();
        var opened = (fields.Dataset("header.dataset", header.Dataset), fields.RequestId(header.ImportId, "header.import_id"), header.IsComplete);
        fields.ThrowIfAnyIsWrong();
        return opened;
    }

    public async IAsyncEnumerable<SourceItem> ItemsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await stream.MoveNext(cancellationToken))
        {
            if (stream.Current.End is { } end)
            {
                if (end.ItemCount != _count) throw RpcErrors.InvalidField("end.item_count", $"{_count} items arrived.");
                yield break;
            }

            foreach (var item in BatchOf(stream.Current)) yield return item;
        }

        throw RpcErrors.InvalidField("end", "The stream ended without its end: nothing is kept.");
    }

    private IEnumerable<SourceItem> BatchOf(ImportRecordsRequest message)
    {
        if (message.Batch is not { } batch) throw RpcErrors.InvalidField("message", "After the header come batches, then the end.");
        if (batch.Items.Count is < 1 or > BatchMax) throw RpcErrors.InvalidField("batch.items", $"1 to {BatchMax} items a batch.");
        foreach (var item in batch.Items)
        {
            _count++;
            yield return Read(item);
        }
    }

    private static SourceItem Read(ImportItem item) => item.ItemCase switch
    {
        ImportItem.ItemOneofCase.Record => Read(item.Record),
        ImportItem.ItemOneofCase.Refused => SourceItem.Refuse(ReasonOf(item.Refused), NullIfEmpty(item.Refused.RecordId)),
        _ => throw RpcErrors.InvalidField("batch.items.item", "Send a record or a refused row."),
    };

    // A single bad row is refused and counted; the import goes on.
    private static SourceItem Read(Record record) => WhatIsWrong(record) is { } refusal
        ? SourceItem.Refuse(refusal, ResourceNames.IsPlatformId(record.Id) ? record.Id : null)
        : SourceItem.Accept(new SourceRecord
        {
            Id = record.Id,
            UserId = record.Author,
            Kind = (RecordKind)record.Kind,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(record.CreateTimeMs),
            Language = record.Language,
            Title = record.Title,
            Text = record.Text,
            TargetId = record.TargetId,
            Licence = record.Licence,
            Attribution = record.Attribution,
        });

    private static ImportRefusal? WhatIsWrong(Record record)
    {
        if (record.Id.Length == 0) return ImportRefusal.NoId;
        if (record.Author.Length == 0) return ImportRefusal.NoOwner;
        if (!ResourceNames.IsPlatformId(record.Id) || !ResourceNames.IsPlatformId(record.Author)) return ImportRefusal.InvalidValue;
        if (record.Kind == Protos.V1.RecordKind.Unspecified || !Enum.IsDefined(record.Kind)) return ImportRefusal.NotLicensedType;
        return record.CreateTimeMs < CreatedAtMin || record.CreateTimeMs > CreatedAtMax ? ImportRefusal.NoDate : null;
    }

    private static ImportRefusal ReasonOf(RefusedItem refused) =>
        refused.Reason != ImportRefusalReason.Unspecified && Enum.IsDefined(refused.Reason)
            ? (ImportRefusal)refused.Reason
            : throw RpcErrors.InvalidField("batch.items.refused.reason", "Name a known reason.");

    private static string? NullIfEmpty(string id) => id.Length == 0 ? null : id;
}
