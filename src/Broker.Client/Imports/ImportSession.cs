using Broker.Protos.V1;
using Grpc.Core;

namespace Broker.Client.Imports;

/// <summary>Imports records into a dataset: all of them, or in each partition none.</summary>
/// <param name="connection">The broker, with a token of the platform's admin.</param>
/// <param name="dataset">Format: <c>platforms/{platform}/datasets/{dataset}</c>.</param>
/// <param name="options">How; the defaults when null.</param>
public sealed class ImportSession(BrokerConnection connection, string dataset, ImportOptions? options = null)
{
    private readonly ImportOptions _options = options ?? new();

    /// <summary>Sends what a source holds, and again as a whole, with the same import id, while the broker asks for that.</summary>
    /// <param name="open">Reads the source from its start; called for each try.</param>
    /// <param name="progress">Told after each batch.</param>
    /// <param name="cancellationToken">Gives up; the broker keeps nothing then.</param>
    /// <returns>The broker's report.</returns>
    /// <exception cref="BrokerException">The broker refused, or failed too often.</exception>
    /// <remarks>What the source throws goes through, and nothing is kept. A record too large for a message is sent as a refused row,
    /// and so counted.</remarks>
    public Task<ImportReport> RunAsync(Func<IEnumerable<ImportItem>> open, IProgress<ImportProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var importId = _options.ImportId?.ToString("D") ?? connection.NewId();
        var attempt = 0;
        return connection.Retry.RunAsync(
            () => SendAsync(open(), importId, new Counter(progress, ++attempt), cancellationToken),
            error => _options.CanReopen && (error.IsTransient || error is { Code: StatusCode.Aborted, Reason: "MANIFEST_CHANGED" }),
            cancellationToken);
    }

    private async Task<ImportReport> SendAsync(IEnumerable<ImportItem> items, string importId, Counter counter, CancellationToken cancellationToken)
    {
        var header = new ImportRecordsHeader { Dataset = dataset, ImportId = importId, IsComplete = _options.IsComplete };
        var response = await Upload.SendAsync(connection, connection.Datasets.ImportRecords, MessagesOf(header, items, counter), cancellationToken);
        return response.Report;
    }

    private static IEnumerable<ImportRecordsRequest> MessagesOf(ImportRecordsHeader header, IEnumerable<ImportItem> items, Counter counter)
    {
        yield return new() { Header = header };
        foreach (var batch in UploadBatches.Of(items.Select(Fitting)))
        {
            yield return new() { Batch = new() { Items = { batch } } };
            counter.Add(batch.Count);
        }

        yield return new() { End = new() { ItemCount = counter.Items } };
    }

    private static ImportItem Fitting(ImportItem item) => UploadBatches.Fits(item)
        ? item
        : new() { Refused = new() { Reason = ImportRefusalReason.InvalidValue, RecordId = item.Record is { Id.Length: <= 256 } record ? record.Id : "" } };

    private sealed class Counter(IProgress<ImportProgress>? progress, int attempt)
    {
        public long Items { get; private set; }

        public void Add(int count)
        {
            Items += count;
            progress?.Report(new(Items, attempt));
        }
    }
}
