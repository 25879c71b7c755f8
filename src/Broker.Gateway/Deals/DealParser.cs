using Broker.Gateway.Identity;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;
using Google.Protobuf;
using ContractTerms = Broker.Domain.Deals.ContractTerms;

namespace Broker.Gateway.Deals;

/// <summary>Reads requests about deals.</summary>
internal static class DealParser
{
    private const int ReasonMax = 1_000;
    private static readonly TimeSpan WatchIntervalMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WatchIntervalMax = TimeSpan.FromHours(1);
    private static readonly TimeSpan WatchIntervalDefault = TimeSpan.FromSeconds(1);

    public static (DealName Name, string Partner, ContractTerms Terms, Grains.Deals.Caller Caller) Parse(ProposeDealRequest request, VerifiedCaller caller)
    {
        var fields = new RequestFields();
        var name = new DealName(fields.Platform("parent", request.Parent), fields.Id("deal_id", request.DealId));
        var partner = fields.Partner("partner", request.Partner);
        var terms = TermsParser.Parse(fields, name.Platform, request.Terms);
        var command = (name, partner, terms, CallerOf(fields, caller, request.RequestId, new ProposeDealRequest(request) { RequestId = "" }));
        fields.ThrowIfAnyIsWrong();
        return command;
    }

    public static (DealName Name, ContractTerms Terms, DateTimeOffset? EffectiveAt, Grains.Deals.Caller Caller) Parse(AmendDealRequest request, VerifiedCaller caller)
    {
        var fields = new RequestFields();
        var name = fields.Deal("name", request.Name);
        var terms = TermsParser.Parse(fields, name.Platform, request.Terms);
        var effectiveAt = fields.OptionalTime("effective_time", request.EffectiveTime);
        var command = (name, terms, effectiveAt, CallerOf(fields, caller, request.RequestId, new AmendDealRequest(request) { RequestId = "" }));
        fields.ThrowIfAnyIsWrong();
        return command;
    }

    public static (DealName Name, int Version, Grains.Deals.Caller Caller) Parse(ApproveAmendmentRequest request, VerifiedCaller caller)
    {
        var fields = new RequestFields();
        var version = (int)fields.InRange("version", request.Version, 2, int.MaxValue);
        var (name, id) = Named(fields, caller, request.Name, request.RequestId, new ApproveAmendmentRequest(request) { RequestId = "" });
        return (name, version, id);
    }

    public static (DealName Name, Grains.Deals.Caller Caller) Parse(ApproveDealRequest request, VerifiedCaller caller) =>
        Named(new RequestFields(), caller, request.Name, request.RequestId, new ApproveDealRequest(request) { RequestId = "" });

    public static (DealName Name, Grains.Deals.Caller Caller) Parse(ResumeDealRequest request, VerifiedCaller caller) =>
        Named(new RequestFields(), caller, request.Name, request.RequestId, new ResumeDealRequest(request) { RequestId = "" });

    public static (DealName Name, Grains.Deals.Caller Caller) Parse(SuspendDealRequest request, VerifiedCaller caller)
    {
        var fields = new RequestFields();
        fields.Text("reason", request.Reason, ReasonMax);
        return Named(fields, caller, request.Name, request.RequestId, new SuspendDealRequest(request) { RequestId = "" });
    }

    public static (DealName Name, Grains.Deals.Caller Caller) Parse(TerminateDealRequest request, VerifiedCaller caller)
    {
        var fields = new RequestFields();
        fields.Text("reason", request.Reason, ReasonMax);
        return Named(fields, caller, request.Name, request.RequestId, new TerminateDealRequest(request) { RequestId = "" });
    }

    public static (DealName Name, TimeSpan MinInterval) Parse(WatchUsageRequest request)
    {
        var fields = new RequestFields();
        var name = fields.Deal("deal", request.Deal);
        var interval = fields.Span("min_interval", request.MinInterval, WatchIntervalMin, WatchIntervalMax, WatchIntervalDefault);
        fields.ThrowIfAnyIsWrong();
        return (name, interval);
    }

    private static (DealName Name, Grains.Deals.Caller Caller) Named(RequestFields fields, VerifiedCaller caller, string name, string requestId, IMessage body)
    {
        var command = (fields.Deal("name", name), CallerOf(fields, caller, requestId, body));
        fields.ThrowIfAnyIsWrong();
        return command;
    }

    private static Grains.Deals.Caller CallerOf(RequestFields fields, VerifiedCaller caller, string requestId, IMessage body) =>
        new(caller.Subject, fields.RequestId(requestId), RequestFields.DigestOf(body));
}
