using Broker.Protos.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;

namespace Broker.Gateway.Tests.Wire;

/// <summary>Every service without a method behind it: a call that is let through ends as UNIMPLEMENTED.</summary>
internal static class BareServices
{
    public static void Map(WebApplication app)
    {
        app.MapGrpcService<Platforms>();
        app.MapGrpcService<Partners>();
        app.MapGrpcService<Deals>();
        app.MapGrpcService<Consents>();
        app.MapGrpcService<Datasets>();
        app.MapGrpcService<Pulls>();
        app.MapGrpcService<Recalls>();
        app.MapGrpcService<Reports>();
        app.MapGrpcService<Audit>();
        app.MapGrpcService<Clusters>();
    }

    private sealed class Platforms : PlatformService.PlatformServiceBase;

    private sealed class Partners : PartnerService.PartnerServiceBase;

    private sealed class Deals : DealService.DealServiceBase;

    private sealed class Pulls : PullService.PullServiceBase;

    private sealed class Recalls : RecallService.RecallServiceBase;

    private sealed class Reports : ReportService.ReportServiceBase;

    private sealed class Audit : AuditService.AuditServiceBase;

    private sealed class Clusters : ClusterService.ClusterServiceBase;

    private sealed class Consents : ConsentService.ConsentServiceBase
    {
        public override async Task<ImportConsentsResponse> ImportConsents(IAsyncStreamReader<ImportConsentsRequest> requestStream, ServerCallContext context)
        {
            await requestStream.MoveNext(context.CancellationToken);
            return await base.ImportConsents(requestStream, context);
        }
    }

    private sealed class Datasets : DatasetService.DatasetServiceBase
    {
        public override async Task<ImportRecordsResponse> ImportRecords(IAsyncStreamReader<ImportRecordsRequest> requestStream, ServerCallContext context)
        {
            await requestStream.MoveNext(context.CancellationToken);
            return await base.ImportRecords(requestStream, context);
        }
    }
}
