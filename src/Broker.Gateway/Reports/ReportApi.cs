using Broker.Gateway.Errors;
using Broker.Gateway.Parsing;
using Broker.Gateway.Platforms;
using Broker.Grains.Users;
using Broker.Protos.V1;
using Grpc.Core;

namespace Broker.Gateway.Reports;

/// <summary>What users may know, on the wire (GDPR Art. 15).</summary>
internal sealed class ReportApi(IGrainFactory grains, PlatformDirectory platforms) : ReportService.ReportServiceBase
{
    public override async Task<GetUserReportResponse> GetUserReport(GetUserReportRequest request, ServerCallContext context)
    {
        var user = ResourceNames.ParseUser(request.User)!.Value;
        await platforms.PartitionCountAsync(user.Platform); // NOT_FOUND where there is no such platform.
        var report = await grains.GetGrain<IUserGrain>($"{user.Platform}/{user.User}").ReportAsync()
            ?? throw RpcErrors.NotFound(request.User);
        return new() { Report = report.ToWire(user.Platform) };
    }
}
