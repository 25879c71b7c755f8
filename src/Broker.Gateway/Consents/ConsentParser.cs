using Broker.Gateway.Identity;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;
using Caller = Broker.Grains.Deals.Caller;
using ConsentChoice = Broker.Domain.Consents.ConsentChoice;
using ConsentDecision = Broker.Domain.Consents.ConsentDecision;
using ConsentSource = Broker.Domain.Consents.ConsentSource;

namespace Broker.Gateway.Consents;

/// <summary>Reads requests about consent.</summary>
internal static class ConsentParser
{
    /// <summary>A user's decision; one without a time is dated by its partition, never by this process's clock.</summary>
    public static (UserName User, ConsentDecision Decision, bool IsDated, Caller Caller) Parse(SetConsentRequest request, VerifiedCaller caller, DateTimeOffset now)
    {
        var fields = new RequestFields();
        var user = fields.User("user", request.User);
        var by = new Caller(caller.Subject, fields.RequestId(request.RequestId), RequestFields.DigestOf(new SetConsentRequest(request) { RequestId = "" }));
        var sent = request.Decision ?? new Protos.V1.ConsentDecision();
        var decision = Decision(fields, sent, now, ConsentSource.User);
        if (IsOwnCall(caller, user)) decision = decision with { Source = ConsentSource.User };
        fields.ThrowIfAnyIsWrong();
        return (user, decision, sent.MadeTime is not null, by);
    }

    public static UserName Parse(EraseUserRequest request)
    {
        var fields = new RequestFields();
        var user = fields.User("user", request.User);
        fields.RequestId(request.RequestId);
        fields.ThrowIfAnyIsWrong();
        return user;
    }

    public static (UserName User, string Dataset, string RecordId) Parse(RemoveRecordRequest request)
    {
        var fields = new RequestFields();
        var user = fields.User("user", request.User);
        var dataset = fields.Dataset("dataset", request.Dataset);
        if (dataset.Platform is { } platform && user.Platform is { } own && platform != own) fields.Refuse("dataset", "It is another platform's than the user's.");
        var recordId = fields.PlatformId("record_id", request.RecordId);
        fields.RequestId(request.RequestId);
        fields.ThrowIfAnyIsWrong();
        return (user, dataset.Dataset, recordId);
    }

    /// <summary>The request's or row's field <c>decision</c>, and in <paramref name="fields"/> what is wrong with it.</summary>
    /// <param name="fields">Where wrong fields are remembered.</param>
    /// <param name="sent">The decision on the wire.</param>
    /// <param name="now">No decision was made later than this; one without a time was made at it.</param>
    /// <param name="source">Where it comes from when it does not say.</param>
    public static ConsentDecision Decision(RequestFields fields, Protos.V1.ConsentDecision sent, DateTimeOffset now, ConsentSource source)
    {
        var madeAt = fields.OptionalTime("decision.made_time", sent.MadeTime) ?? now;
        if (madeAt > now) fields.Refuse("decision.made_time", "It lies in the future.");
        if (!Enum.IsDefined(sent.Source)) fields.Refuse("decision.source", "Name a known value.");
        return new ConsentDecision(
            madeAt,
            fields.Purposes("decision.purposes", sent.Purposes, emptyMeansAll: true),
            fields.Kinds("decision.kinds", sent.Kinds, emptyMeansAll: true),
            sent.Partner.Length == 0 ? null : fields.Partner("decision.partner", sent.Partner),
            (ConsentChoice)fields.Defined("decision.choice", sent.Choice),
            sent.Source == Protos.V1.ConsentSource.Unspecified ? source : (ConsentSource)sent.Source);
    }

    // Whoever is admin as well speaks for the platform; a user speaks for themselves only.
    private static bool IsOwnCall(VerifiedCaller caller, UserName user) =>
        (caller.Roles & Roles.PlatformAdmin) == 0 && caller.User == user.User;
}
