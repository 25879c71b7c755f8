using Broker.Client.Imports;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;

namespace Broker.Client.Consents;

/// <summary>Imports a platform's settings: users' decisions, notices, jurisdictions.</summary>
/// <param name="connection">The broker, with a token of the platform's admin.</param>
/// <param name="platform">Format: <c>platforms/{platform}</c>.</param>
/// <param name="snapshotTime">As of when the settings are: decisions without a time of their own count as made then. Not later than now.</param>
public sealed class ConsentImportSession(BrokerConnection connection, string platform, DateTimeOffset snapshotTime)
{
    /// <summary>Sends the rows, and again as a whole while the broker fails for a passing reason: a row that stands already changes nothing.</summary>
    /// <param name="open">Reads the rows from the first; called for each try.</param>
    /// <param name="progress">Told after each batch.</param>
    /// <param name="cancellationToken">Gives up; whole batches may have been taken in, and sending all of it again completes it.</param>
    /// <returns>What was taken in, and the first refused rows by their number from 1.</returns>
    /// <exception cref="BrokerException">The broker refused, or failed too often.</exception>
    /// <exception cref="ArgumentException">A row is larger than a message may be.</exception>
    public Task<ImportConsentsResponse> RunAsync(Func<IEnumerable<ConsentRow>> open, IProgress<ImportProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var header = new ImportConsentsHeader { Platform = platform, RequestId = connection.NewId(), SnapshotTime = snapshotTime.ToTimestamp() };
        var attempt = 0;
        return connection.Retry.RunAsync(() => SendAsync(header, open(), progress, ++attempt, cancellationToken), error => error.IsTransient, cancellationToken);
    }

    private Task<ImportConsentsResponse> SendAsync(
        ImportConsentsHeader header, IEnumerable<ConsentRow> rows, IProgress<ImportProgress>? progress, int attempt, CancellationToken cancellationToken) =>
        Upload.SendAsync(connection, connection.Consents.ImportConsents, MessagesOf(header, rows, progress, attempt), cancellationToken);

    private static IEnumerable<ImportConsentsRequest> MessagesOf(ImportConsentsHeader header, IEnumerable<ConsentRow> rows, IProgress<ImportProgress>? progress, int attempt)
    {
        yield return new() { Header = header };
        var count = 0L;
        foreach (var batch in UploadBatches.Of(rows.Select(Fitting)))
        {
            yield return new() { Batch = new() { Rows = { batch } } };
            count += batch.Count;
            progress?.Report(new(count, attempt));
        }

        yield return new() { End = new() { RowCount = count } };
    }

    private static ConsentRow Fitting(ConsentRow row) =>
        UploadBatches.Fits(row) ? row : throw new ArgumentException($"A row of {row.CalculateSize()} bytes is larger than a message may be.");
}
