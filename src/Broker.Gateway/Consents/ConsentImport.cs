using Broker.Domain;
using Broker.Gateway.Errors;
using Broker.Gateway.Parsing;
using Broker.Gateway.Platforms;
using Broker.Grains.Partitions;
using Broker.Protos.V1;
using Grpc.Core;
using ConsentRow = Broker.Grains.Partitions.ConsentRow;
using ConsentSource = Broker.Domain.Consents.ConsentSource;

namespace Broker.Gateway.Consents;

/// <summary>One import of consents: header, batches, end. Rows are taken into their partitions in the file's order while the stream is read on; all are durable before the answer.</summary>
internal sealed class ConsentImport(IGrainFactory grains, PlatformDirectory platforms, TimeProvider time)
{
    private const int BatchMax = 1_000;
    private const int RefusedShown = 100;

    private readonly ImportConsentsResponse _report = new();
    private readonly List<RefusedConsentRow> _refused = [];
    private long _rows;
    private string _platform = "";
    private int _partitionCount;
    private DateTimeOffset _snapshotAt;

    public async Task<ImportConsentsResponse> RunAsync(IAsyncStreamReader<ImportConsentsRequest> stream, CancellationToken cancellationToken)
    {
        await OpenAsync(stream, cancellationToken);
        var intake = new ConsentIntake((partition, rows) => grains.GetGrain<IPartitionGrain>(PartitionKeys.Of(_platform, partition)).ImportConsentsAsync(rows), Count);
        while (await stream.MoveNext(cancellationToken))
        {
            var message = stream.Current;
            if (message.MessageCase == ImportConsentsRequest.MessageOneofCase.End) return await FinishAsync(intake, message.End);
            if (message.MessageCase != ImportConsentsRequest.MessageOneofCase.Batch) throw RpcErrors.InvalidField("message", "After the header come batches, then the end.");
            await intake.AddAsync(Read(message.Batch.Rows));
        }

        throw RpcErrors.InvalidField("end", "The stream ended without its end: what came is taken in, and sending all of it again completes it.");
    }

    private async Task OpenAsync(IAsyncStreamReader<ImportConsentsRequest> stream, CancellationToken cancellationToken)
    {
        if (!await stream.MoveNext(cancellationToken) || stream.Current.Header is not { } header) throw RpcErrors.InvalidField("header", "Send the header first.");
        var fields = new RequestFields();
        _platform = fields.Platform("header.platform", header.Platform);
        fields.RequestId(header.RequestId, "header.request_id");
        _snapshotAt = fields.Time("header.snapshot_time", header.SnapshotTime);
        if (_snapshotAt > time.GetUtcNow()) fields.Refuse("header.snapshot_time", "It lies in the future.");
        fields.ThrowIfAnyIsWrong();
        _partitionCount = await platforms.PartitionCountAsync(_platform);
    }

    private async Task<ImportConsentsResponse> FinishAsync(ConsentIntake intake, ImportConsentsEnd end)
    {
        if (end.RowCount != _rows) throw RpcErrors.InvalidField("end.row_count", $"{_rows} rows arrived.");
        await intake.CompleteAsync();
        _report.RowCount = _rows;
        _report.RefusedRows.AddRange(_refused.OrderBy(row => row.RowNumber).Take(RefusedShown));
        return _report;
    }

    private List<(int Partition, long Number, ConsentRow Row)> Read(IReadOnlyList<Protos.V1.ConsentRow> rows)
    {
        if (rows.Count is < 1 or > BatchMax) throw RpcErrors.InvalidField("batch.rows", $"1 to {BatchMax} rows a batch.");
        var good = new List<(int Partition, long Number, ConsentRow Row)>(rows.Count);
        foreach (var row in rows)
        {
            var number = ++_rows;
            if (Read(number, row) is { } read) good.Add((PartitionKeys.IndexOf(read.UserId, _partitionCount), number, read));
        }

        return good;
    }

    private ConsentRow? Read(long number, Protos.V1.ConsentRow row)
    {
        var fields = new RequestFields();
        var userId = fields.PlatformId("user_id", row.UserId);
        var decision = row.Decision is { Choice: not ConsentChoice.Unspecified } sent
            ? ConsentParser.Decision(fields, sent, sent.MadeTime is null ? _snapshotAt : time.GetUtcNow(), ConsentSource.SettingsImport)
            : null;
        var notifiedAt = fields.OptionalTime("notified_time", row.NotifiedTime);
        if (notifiedAt > time.GetUtcNow()) fields.Refuse("notified_time", "It lies in the future.");
        if (row.Jurisdiction.Length > 0 && !Domain.Consents.Jurisdictions.IsCode(row.Jurisdiction)) fields.Refuse("jurisdiction", $"{Domain.Consents.Jurisdictions.Format}.");
        if (fields.Wrong.Count == 0) return new ConsentRow(userId, notifiedAt, row.Jurisdiction.Length == 0 ? null : row.Jurisdiction, decision);
        foreach (var wrong in fields.Wrong) Refuse(number, wrong.Field, wrong.Description, isFirst: wrong == fields.Wrong[0]);
        return null;
    }

    private void Count(long number, Refusal? refusal)
    {
        if (refusal is not null) Refuse(number, refusal.Field ?? "", refusal.Message, isFirst: true);
        else lock (_report) _report.AcceptedCount++;
    }

    // Partitions answer in any order, and the first rows of the file that were refused are shown.
    private void Refuse(long number, string field, string description, bool isFirst)
    {
        lock (_report)
        {
            if (isFirst) _report.RefusedCount++;
            _refused.Add(new RefusedConsentRow { RowNumber = number, Field = field, Description = description });
            if (_refused.Count < 2 * RefusedShown) return;
            _refused.Sort(static (left, right) => left.RowNumber.CompareTo(right.RowNumber));
            _refused.RemoveRange(RefusedShown, _refused.Count - RefusedShown);
        }
    }
}
