using Broker.Gateway.Errors;
using Broker.Gateway.Parsing;
using Broker.Grains.Imports;
using Broker.Grains.Platforms;
using Broker.Protos.V1;
using Grpc.Core;
using ImportReport = Broker.Grains.Imports.ImportReport;

namespace Broker.Gateway.Datasets;

/// <summary>Ingest on the wire.</summary>
internal sealed class DatasetApi(IGrainFactory grains, IRecordImporter importer, Draining draining) : DatasetService.DatasetServiceBase
{
    public override async Task<ImportRecordsResponse> ImportRecords(IAsyncStreamReader<ImportRecordsRequest> requestStream, ServerCallContext context)
    {
        // What has come whole is taken in to its end, whether the gateway stops or not; of what is still coming nothing is kept then.
        var stream = new ImportStream(new DrainedReader<ImportRecordsRequest>(requestStream, draining));
        var (dataset, importId, isComplete) = await stream.OpenAsync(context.CancellationToken);
        var import = new RecordImport(dataset.Platform, dataset.Dataset, importId, isComplete, await PartitionCountAsync(dataset));
        var report = await importer.ImportAsync(import, stream.ItemsAsync(context.CancellationToken), context.CancellationToken);
        return new() { Report = ToWire(report, importId) };
    }

    private async Task<int> PartitionCountAsync(DatasetName name)
    {
        var view = await grains.GetGrain<IPlatformGrain>(name.Platform).GetAsync() ?? throw RpcErrors.NotFound(ResourceNames.Platform(name.Platform));
        return view.Datasets.Any(dataset => dataset.Id == name.Dataset)
            ? view.PartitionCount
            : throw RpcErrors.NotFound(ResourceNames.Dataset(name.Platform, name.Dataset));
    }

    private static Protos.V1.ImportReport ToWire(ImportReport report, string importId) => new()
    {
        ImportId = importId,
        ReadCount = report.Read,
        Accepted = { report.Accepted.OrderBy(entry => entry.Key).Select(entry => new KindCount { Kind = (RecordKind)entry.Key, Count = entry.Value }) },
        Refused = { report.Refused.OrderBy(entry => entry.Key).Select(entry => new RefusalCount { Reason = (ImportRefusalReason)entry.Key, Count = entry.Value }) },
        AddedCount = report.Added,
        ReplacedCount = report.Replaced,
        UnchangedCount = report.Unchanged,
        RemovedCount = report.Removed,
        NewUserCount = report.NewUsers,
    };
}
