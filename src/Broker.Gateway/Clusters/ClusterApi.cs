using Broker.Gateway.Errors;
using Broker.Gateway.Identity;
using Broker.Gateway.Parsing;
using Broker.Grains.Logs;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Broker.Gateway.Clusters;

/// <summary>The cluster on the wire: the membership's word on silos, the store's on logs.</summary>
internal sealed class ClusterApi(IGrainFactory grains, ILogStandings logs, MarkReader marks, TimeProvider time) : ClusterService.ClusterServiceBase
{
    private const int PageMax = 10_000;
    private const int PageDefault = 1_000;

    public override async Task<GetClusterStatusResponse> GetClusterStatus(GetClusterStatusRequest request, ServerCallContext context)
    {
        var (after, size) = Parse(request);
        var management = grains.GetGrain<IManagementGrain>(0);
        var hosts = await management.GetDetailedHosts(onlyActive: false);
        var places = LogPlaces.Of(await management.GetDetailedGrainStatistics());
        var response = new GetClusterStatusResponse { ReadTime = time.GetUtcNow().ToTimestamp() };
        response.Silos.Add(hosts.OrderBy(SiloWire.Rank).ThenBy(host => host.SiloName, StringComparer.Ordinal).Select(host => SiloWire.Of(host, places)));
        foreach (var (standing, mark) in await PageAsync(after, size + 1, context.CancellationToken))
        {
            if (response.Logs.Count == size)
            {
                response.NextPageToken = PageTokens.After(response.Logs[^1].Name);
                break;
            }

            response.Logs.Add(Of(standing, mark, places));
        }

        return response;
    }

    public override async Task<ReconcileLogResponse> ReconcileLog(ReconcileLogRequest request, ServerCallContext context)
    {
        if (RestoredLogs.Find(grains, request.Name) is not { } log)
            throw RpcErrors.InvalidField("name", $"{ResourceNames.LogFormat}.");
        if (!await ExistsAsync(request.Name, context.CancellationToken)) throw RpcErrors.NotFound(request.Name);
        var gap = request.ValidateOnly ? await log.GetGapAsync() : await log.ReconcileAsync(context.GetCaller().Subject);
        return new ReconcileLogResponse { Gap = gap is null ? null : RestoredLogs.ToWire(gap) };
    }

    /// <summary>The next logs with their marks. The marks are read first: a log that grows meanwhile must not look as if it had been restored
    /// from before its mark.</summary>
    private async Task<IReadOnlyList<(LogStanding Standing, ReadMark Mark)>> PageAsync(string after, int size, CancellationToken cancellationToken)
    {
        var names = marks.IsAny ? await logs.StandingsAsync(after, cancellationToken).Take(size).Select(standing => standing.Log).ToListAsync(cancellationToken) : [];
        var read = await marks.ReadAsync(names, cancellationToken);
        return await logs.StandingsAsync(after, cancellationToken)
            .Take(size)
            .Select(standing => (standing, read.GetValueOrDefault(standing.Log.Value)))
            .ToListAsync(cancellationToken);
    }

    /// <summary>Looked up in the store: a grain that is asked for an unknown log would make it.</summary>
    private async Task<bool> ExistsAsync(string name, CancellationToken cancellationToken)
    {
        await foreach (var standing in logs.StandingsAsync(name[..^1], cancellationToken))
            if (string.CompareOrdinal(standing.Log.Value, name) is >= 0 and var order)
                return order == 0;
        return false;
    }

    private static LogStatus Of(LogStanding standing, ReadMark mark, LogPlaces places)
    {
        var status = new LogStatus
        {
            Name = standing.Log.Value,
            Fence = standing.Fence,
            LastPosition = standing.LastPosition,
            Silo = places.Find(standing.Log) ?? "",
            MarkPosition = mark.Position,
            MarkUnreadable = mark.IsUnreadable,
        };
        if (standing.LastDecidedAt is { } decided) status.LastDecideTime = decided.ToTimestamp();
        return status;
    }

    private static (string After, int Size) Parse(GetClusterStatusRequest request)
    {
        var fields = new RequestFields();
        var page = (PageTokens.Parse(fields, request.PageToken), fields.PageSize(request.PageSize, PageMax, PageDefault));
        fields.ThrowIfAnyIsWrong();
        return page;
    }
}
