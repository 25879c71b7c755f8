using Broker.Gateway.Identity;
using Broker.Gateway.Tests.Wire;
using Broker.Protos.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Broker.Gateway.Tests.Identity;

/// <summary>Goal: nobody reaches what is not theirs. Method: every RPC, found by reflection, with every role and with another tenant's
/// token, over a real connection, against a table of its own.</summary>
public sealed class RpcAccessTests
{
    private const string Platform = "platforms/acme";
    private const string Deal = "platforms/acme/deals/pact";
    private const string User = "platforms/acme/users/u%2F1";
    private const string Recall = "platforms/acme/deals/pact/recalls/0-1";
    private const Roles Admin = Roles.PlatformAdmin;
    private const Roles Team = Roles.PlatformAdmin | Roles.Business | Roles.Approver;
    private const Roles Watch = Roles.Operator | Roles.Auditor;

    /// <summary>RPC → who may, of this tenant; who may, of another one; a request.</summary>
    private static readonly Dictionary<string, (Roles Own, Roles Other, IMessage Request)> Table = new()
    {
        ["PlatformService/CreatePlatform"] = (Admin | Roles.Operator, Roles.None, new CreatePlatformRequest { PlatformId = "acme" }),
        ["PlatformService/GetPlatform"] = (Team | Roles.User | Watch, Roles.User, new GetPlatformRequest { Name = Platform }),
        ["PlatformService/ListPlatforms"] = (Team | Roles.User | Watch, Team | Roles.User | Watch, new ListPlatformsRequest()),
        ["PlatformService/SetPolicy"] = (Admin, Roles.None, new SetPolicyRequest { Platform = Platform }),
        ["PlatformService/GetPolicy"] = (Team | Roles.User | Watch, Roles.User, new GetPolicyRequest { Platform = Platform }),
        ["PlatformService/CreateDataset"] = (Admin, Roles.None, new CreateDatasetRequest { Parent = Platform }),
        ["PlatformService/ListDatasets"] = (Team | Watch, Roles.None, new ListDatasetsRequest { Parent = Platform }),
        ["PartnerService/CreatePartner"] = (Roles.Business | Roles.Operator, Roles.Business | Roles.Operator, new CreatePartnerRequest()),
        ["PartnerService/GetPartner"] = (Team | Watch | Roles.Partner, Team | Watch, new GetPartnerRequest { Name = "partners/lab" }),
        ["PartnerService/ListPartners"] = (Team | Watch | Roles.Partner, Team | Watch | Roles.Partner, new ListPartnersRequest()),
        ["PartnerService/RegisterTrainingRun"] = (Roles.Partner, Roles.None, new RegisterTrainingRunRequest { TrainingRun = new TrainingRun { Deal = Deal } }),
        ["PartnerService/ListTrainingRuns"] = (Team | Watch | Roles.Partner, Roles.None, new ListTrainingRunsRequest { Deal = Deal }),
        ["DealService/ProposeDeal"] = (Roles.Business, Roles.None, new ProposeDealRequest { Parent = Platform }),
        ["DealService/ApproveDeal"] = (Roles.Approver, Roles.None, new ApproveDealRequest { Name = Deal }),
        ["DealService/GetDeal"] = (Team | Watch | Roles.Partner, Roles.None, new GetDealRequest { Name = Deal }),
        ["DealService/ListDeals"] = (Team | Watch | Roles.Partner, Roles.Partner, new ListDealsRequest { Parent = Platform }),
        ["DealService/AmendDeal"] = (Roles.Business, Roles.None, new AmendDealRequest { Name = Deal }),
        ["DealService/ApproveAmendment"] = (Roles.Approver, Roles.None, new ApproveAmendmentRequest { Name = Deal }),
        ["DealService/SuspendDeal"] = (Team | Roles.Operator, Roles.None, new SuspendDealRequest { Name = Deal }),
        ["DealService/ResumeDeal"] = (Roles.Business | Roles.Approver, Roles.None, new ResumeDealRequest { Name = Deal }),
        ["DealService/TerminateDeal"] = (Roles.Business, Roles.None, new TerminateDealRequest { Name = Deal }),
        ["DealService/GetUsage"] = (Team | Watch | Roles.Partner, Roles.None, new GetUsageRequest { Deal = Deal }),
        ["DealService/WatchUsage"] = (Team | Watch | Roles.Partner, Roles.None, new WatchUsageRequest { Deal = Deal }),
        ["ConsentService/SetConsent"] = (Roles.User | Admin, Roles.None, new SetConsentRequest { User = User }),
        ["ConsentService/GetConsent"] = (Roles.User | Admin | Roles.Auditor, Roles.None, new GetConsentRequest { User = User }),
        ["ConsentService/ImportConsents"] = (Admin, Roles.None, new ImportConsentsRequest { Header = new ImportConsentsHeader { Platform = Platform } }),
        ["ConsentService/EraseUser"] = (Roles.User | Admin, Roles.None, new EraseUserRequest { User = User }),
        ["ConsentService/RemoveRecord"] = (Roles.User | Admin, Roles.None, new RemoveRecordRequest { User = User }),
        ["DatasetService/ImportRecords"] = (Admin, Roles.None, new ImportRecordsRequest { Header = new ImportRecordsHeader { Dataset = "platforms/acme/datasets/posts" } }),
        ["PullService/Pull"] = (Roles.Partner, Roles.None, new PullRequest { Deal = Deal }),
        ["PullService/ConfirmSlices"] = (Roles.Partner, Roles.None, new ConfirmSlicesRequest { Deal = Deal }),
        ["RecallService/ListRecalls"] = (Team | Watch | Roles.Partner, Roles.None, new ListRecallsRequest { Deal = Deal }),
        ["RecallService/ListRecalledRecords"] = (Team | Watch | Roles.Partner, Roles.None, new ListRecalledRecordsRequest { Recall = Recall }),
        ["RecallService/AnswerRecall"] = (Roles.Partner, Roles.None, new AnswerRecallRequest { Name = Recall }),
        ["ReportService/GetUserReport"] = (Roles.User | Admin | Roles.Auditor, Roles.None, new GetUserReportRequest { User = User }),
        ["AuditService/ListLogs"] = (Roles.Auditor, Roles.None, new ListLogsRequest { Parent = Platform }),
        ["AuditService/ReadLog"] = (Roles.Auditor, Roles.None, new ReadLogRequest { Name = Deal }),
        ["ClusterService/GetClusterStatus"] = (Watch, Roles.None, new GetClusterStatusRequest()),
        ["ClusterService/ReconcileLog"] = (Roles.Operator, Roles.None, new ReconcileLogRequest { Name = Deal }),
    };

    [Fact]
    public void Every_rpc_stands_in_this_table_and_in_the_policies()
    {
        Assert.Equal(AnyRpc.ByName.Keys.Order(), Table.Keys.Select(FullName).Order());
        Assert.All(AnyRpc.ByName.Keys, method => Assert.NotNull(RpcPolicies.Find(method)));
    }

    [Fact]
    public async Task Every_rpc_lets_through_the_roles_of_its_own_tenant_and_nobody_else()
    {
        await using var host = await GatewayHost.StartAsync(BareServices.Map);
        var wrong = new List<string>();
        foreach (var (name, row) in Table)
            foreach (var role in Callers.EachRole)
            {
                await CheckAsync(host, wrong, name, row.Request, Callers.Own(role), (row.Own & role) != 0, "own");
                await CheckAsync(host, wrong, name, row.Request, Callers.Other(role), (row.Other & role) != 0, "another's");
            }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    [Fact]
    public async Task Without_a_token_no_rpc_is_let_through()
    {
        await using var host = await GatewayHost.StartAsync(BareServices.Map);
        foreach (var (name, row) in Table)
        {
            var error = await AnyRpc.CallAsync(host.Channel.CreateCallInvoker(), FullName(name), row.Request, default);
            Assert.Equal((name, StatusCode.Unauthenticated), (name, error!.StatusCode));
        }
    }

    [Fact]
    public async Task An_unknown_deal_and_anothers_deal_are_refused_to_a_partner_in_the_same_words()
    {
        await using var host = await GatewayHost.StartAsync(BareServices.Map);
        var deals = new DealService.DealServiceClient(host.Channel);
        var rival = host.CallAs(Callers.Other(Roles.Partner));
        var anothers = await Assert.ThrowsAsync<RpcException>(async () => await deals.GetDealAsync(new GetDealRequest { Name = Deal }, rival));
        var unknown = await Assert.ThrowsAsync<RpcException>(async () => await deals.GetDealAsync(new GetDealRequest { Name = "platforms/acme/deals/none" }, rival));
        Assert.Equal(StatusCode.PermissionDenied, anothers.StatusCode);
        Assert.Equal(anothers.Status, unknown.Status);
    }

    [Fact]
    public async Task A_platforms_role_does_not_lend_its_tenant_to_another_role()
    {
        await using var host = await GatewayHost.StartAsync(BareServices.Map);
        var mixed = new VerifiedCaller { Subject = "both", Roles = Roles.PlatformAdmin | Roles.Partner, Platform = "elsewhere", Partner = "lab" };
        var error = await AnyRpc.CallAsync(host.Channel.CreateCallInvoker(), "/broker.v1.PlatformService/SetPolicy", new SetPolicyRequest { Platform = Platform }, host.CallAs(mixed));
        Assert.Equal(StatusCode.PermissionDenied, error!.StatusCode);
    }

    private static async Task CheckAsync(
        GatewayHost host, List<string> wrong, string name, IMessage request, VerifiedCaller caller, bool isExpected, string tenant)
    {
        var error = await AnyRpc.CallAsync(host.Channel.CreateCallInvoker(), FullName(name), request, host.CallAs(caller));
        var expected = isExpected ? StatusCode.Unimplemented : StatusCode.PermissionDenied;
        if (error!.StatusCode != expected) wrong.Add($"{name} as {caller.Roles} of {tenant} tenant: {error.StatusCode}, not {expected}");
    }

    private static string FullName(string name) => $"/broker.v1.{name}";
}
