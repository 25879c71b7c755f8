using System.Collections.Frozen;
using Broker.Gateway.Flights;
using Broker.Protos.Flight;
using Broker.Protos.V1;
using Google.Protobuf;

namespace Broker.Gateway.Identity;

/// <summary>Who may call what. What does not stand here may not be called, and a node that maps it does not start.</summary>
public static class RpcPolicies
{
    private const Roles Admin = Roles.PlatformAdmin;
    private const Roles Team = Roles.PlatformAdmin | Roles.Business | Roles.Approver;
    private const Roles Watchers = Roles.Operator | Roles.Auditor;
    private const Roles Subject = Roles.User | Roles.PlatformAdmin;

    private static readonly FrozenDictionary<string, RpcPolicy> ByMethod = new Dictionary<string, RpcPolicy>
    {
        ["/broker.v1.PlatformService/CreatePlatform"] = Of<CreatePlatformRequest>(Admin | Roles.Operator, r => new(r.PlatformId)),
        ["/broker.v1.PlatformService/GetPlatform"] = Of<GetPlatformRequest>(Team | Roles.User | Watchers, r => Tenants.Platform("name", r.Name)),
        ["/broker.v1.PlatformService/ListPlatforms"] = Of<ListPlatformsRequest>(Team | Roles.User | Watchers, _ => Tenant.None),
        ["/broker.v1.PlatformService/SetPolicy"] = Of<SetPolicyRequest>(Admin, r => Tenants.Platform("platform", r.Platform)),
        ["/broker.v1.PlatformService/GetPolicy"] = Of<GetPolicyRequest>(Team | Roles.User | Watchers, r => Tenants.Platform("platform", r.Platform)),
        ["/broker.v1.PlatformService/CreateDataset"] = Of<CreateDatasetRequest>(Admin, r => Tenants.Platform("parent", r.Parent)),
        ["/broker.v1.PlatformService/ListDatasets"] = Of<ListDatasetsRequest>(Team | Watchers, r => Tenants.Platform("parent", r.Parent)),

        ["/broker.v1.PartnerService/CreatePartner"] = Of<CreatePartnerRequest>(Roles.Business | Roles.Operator, _ => Tenant.None),
        ["/broker.v1.PartnerService/GetPartner"] = Of<GetPartnerRequest>(Team | Watchers | Roles.Partner, r => Tenants.Partner("name", r.Name)),
        ["/broker.v1.PartnerService/ListPartners"] = Of<ListPartnersRequest>(Team | Watchers | Roles.Partner, _ => Tenant.None),
        ["/broker.v1.PartnerService/RegisterTrainingRun"] = Of<RegisterTrainingRunRequest>(Roles.Partner, r => Tenants.Deal("training_run.deal", r.TrainingRun?.Deal)),
        ["/broker.v1.PartnerService/ListTrainingRuns"] = Of<ListTrainingRunsRequest>(Team | Watchers | Roles.Partner, r => Tenants.Deal("deal", r.Deal)),

        ["/broker.v1.DealService/ProposeDeal"] = Of<ProposeDealRequest>(Roles.Business, r => Tenants.Platform("parent", r.Parent)),
        ["/broker.v1.DealService/ApproveDeal"] = Of<ApproveDealRequest>(Roles.Approver, r => Tenants.Deal("name", r.Name)),
        ["/broker.v1.DealService/GetDeal"] = Of<GetDealRequest>(Team | Watchers | Roles.Partner, r => Tenants.Deal("name", r.Name)),
        ["/broker.v1.DealService/ListDeals"] = Of<ListDealsRequest>(Team | Watchers | Roles.Partner, r => Tenants.PlatformOrAll("parent", r.Parent)),
        ["/broker.v1.DealService/AmendDeal"] = Of<AmendDealRequest>(Roles.Business, r => Tenants.Deal("name", r.Name)),
        ["/broker.v1.DealService/ApproveAmendment"] = Of<ApproveAmendmentRequest>(Roles.Approver, r => Tenants.Deal("name", r.Name)),
        ["/broker.v1.DealService/SuspendDeal"] = Of<SuspendDealRequest>(Team | Roles.Operator, r => Tenants.Deal("name", r.Name)),
        ["/broker.v1.DealService/ResumeDeal"] = Of<ResumeDealRequest>(Roles.Business | Roles.Approver, r => Tenants.Deal("name", r.Name)),
        ["/broker.v1.DealService/TerminateDeal"] = Of<TerminateDealRequest>(Roles.Business, r => Tenants.Deal("name", r.Name)),
        ["/broker.v1.DealService/GetUsage"] = Of<GetUsageRequest>(Team | Watchers | Roles.Partner, r => Tenants.Deal("deal", r.Deal)),
        ["/broker.v1.DealService/WatchUsage"] = Of<WatchUsageRequest>(Team | Watchers | Roles.Partner, r => Tenants.Deal("deal", r.Deal)),

        ["/broker.v1.ConsentService/SetConsent"] = Of<SetConsentRequest>(Subject, r => Tenants.User("user", r.User)),
        ["/broker.v1.ConsentService/GetConsent"] = Of<GetConsentRequest>(Subject | Roles.Auditor, r => Tenants.User("user", r.User)),
        ["/broker.v1.ConsentService/ImportConsents"] = Of<ImportConsentsRequest>(Admin, r => Tenants.Platform("header.platform", r.Header?.Platform)),
        ["/broker.v1.ConsentService/EraseUser"] = Of<EraseUserRequest>(Subject, r => Tenants.User("user", r.User)),
        ["/broker.v1.ConsentService/RemoveRecord"] = Of<RemoveRecordRequest>(Subject, r => Tenants.User("user", r.User)),

        ["/broker.v1.DatasetService/ImportRecords"] = Of<ImportRecordsRequest>(Admin, r => Tenants.Dataset("header.dataset", r.Header?.Dataset)),

        ["/broker.v1.PullService/Pull"] = Of<PullRequest>(Roles.Partner, r => Tenants.Deal("deal", r.Deal)),
        ["/broker.v1.PullService/ConfirmSlices"] = Of<ConfirmSlicesRequest>(Roles.Partner, r => Tenants.Deal("deal", r.Deal)),

        // The same pulls as Arrow Flight. Its other RPCs are not offered: nobody may call them.
        ["/arrow.flight.protocol.FlightService/ListFlights"] = Of<Criteria>(Roles.Partner, _ => Tenant.None),
        ["/arrow.flight.protocol.FlightService/GetFlightInfo"] = Of<FlightDescriptor>(Roles.Partner, FlightNames.TenantOf),
        ["/arrow.flight.protocol.FlightService/GetSchema"] = Of<FlightDescriptor>(Roles.Partner, FlightNames.TenantOf),
        ["/arrow.flight.protocol.FlightService/DoGet"] = Of<Ticket>(Roles.Partner, FlightTickets.TenantOf),
        ["/arrow.flight.protocol.FlightService/DoAction"] = Of<Protos.Flight.Action>(Roles.Partner, FlightNames.TenantOf),
        ["/arrow.flight.protocol.FlightService/ListActions"] = Of<Empty>(Roles.Partner, _ => Tenant.None),

        ["/broker.v1.RecallService/ListRecalls"] = Of<ListRecallsRequest>(Team | Watchers | Roles.Partner, r => Tenants.Deal("deal", r.Deal)),
        ["/broker.v1.RecallService/ListRecalledRecords"] = Of<ListRecalledRecordsRequest>(Team | Watchers | Roles.Partner, r => Tenants.Recall("recall", r.Recall)),
        ["/broker.v1.RecallService/AnswerRecall"] = Of<AnswerRecallRequest>(Roles.Partner, r => Tenants.Recall("name", r.Name)),

        ["/broker.v1.ReportService/GetUserReport"] = Of<GetUserReportRequest>(Subject | Roles.Auditor, r => Tenants.User("user", r.User)),

        ["/broker.v1.AuditService/ListLogs"] = Of<ListLogsRequest>(Roles.Auditor, r => Tenants.PlatformOrAll("parent", r.Parent)),
        ["/broker.v1.AuditService/ReadLog"] = Of<ReadLogRequest>(Roles.Auditor, r => Tenants.Log("name", r.Name)),

        ["/broker.v1.ClusterService/GetClusterStatus"] = Of<GetClusterStatusRequest>(Watchers, _ => Tenant.Whole),
        ["/broker.v1.ClusterService/ReconcileLog"] = Of<ReconcileLogRequest>(Roles.Operator, r => Tenants.Log("name", r.Name)),

        // Say nothing of anybody: a load balancer asks, and (in development) a tool that explores.
        ["/grpc.health.v1.Health/Check"] = Open,
        ["/grpc.health.v1.Health/Watch"] = Open,
        ["/grpc.health.v1.Health/List"] = Open,
        ["/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"] = Open,
        ["/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"] = Open,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static RpcPolicy Open => new(Roles.None, _ => Tenant.None);

    /// <summary>The full names of all RPCs that have a policy: <c>/broker.v1.DealService/GetDeal</c>.</summary>
    public static IEnumerable<string> Methods => ByMethod.Keys;

    /// <summary>The policy of an RPC, or null: then nobody may call it.</summary>
    public static RpcPolicy? Find(string method) => ByMethod.GetValueOrDefault(method);

    private static RpcPolicy Of<TRequest>(Roles roles, Func<TRequest, Tenant> tenantOf)
        where TRequest : IMessage =>
        new(roles, request => tenantOf((TRequest)request));
}
