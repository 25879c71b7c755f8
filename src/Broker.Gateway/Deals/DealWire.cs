using Broker.Domain.Deals;
using Broker.Gateway.Parsing;
using Broker.Grains.Deals;
using Google.Protobuf.WellKnownTypes;
using Wire = Broker.Protos.V1;

namespace Broker.Gateway.Deals;

/// <summary>Writes deals to the wire.</summary>
internal static class DealWire
{
    public static Wire.Deal ToWire(this DealView view, DealName name) => new()
    {
        Name = name.ToString(),
        Partner = ResourceNames.Partner(view.Partner),
        State = (Wire.Deal.Types.State)view.Life,
        Contract = view.Contract.ToWire(name.Platform),
        Amendment = view.Amendment?.ToWire(name.Platform),
        CreateTime = view.ProposedAt.ToTimestamp(),
        StateReason = view.LifeReason,
    };

    public static Wire.Usage ToWire(this DealUsage usage, DealName name, long uncertainRecords) => new()
    {
        Deal = name.ToString(),
        ReadTime = usage.ReadAt.ToTimestamp(),
        State = (Wire.Deal.Types.State)usage.Life,
        Limits = { usage.Limits.Select(ToWire) },
        Posted = usage.Posted.ToWire(),
        Reserved = usage.Reserved.ToWire(),
        Credited = usage.Credited.ToWire(),
        UncertainRecordCount = uncertainRecords,
        CurrencyCode = usage.Currency,
        ContractVersion = usage.ContractVersion,
    };

    public static Wire.Amounts ToWire(this Amounts amounts) => new()
    {
        RecordCount = amounts.Records,
        ByteCount = amounts.Bytes,
        TokenCount = amounts.Tokens,
        MoneyMicros = amounts.MoneyMicros,
    };

    private static Wire.LimitUsage ToWire(this LimitUsage usage) =>
        new() { Limit = usage.Limit.ToWire(), PostedAmount = usage.Posted, ReservedAmount = usage.Reserved };

    private static Wire.QuotaLimit ToWire(this QuotaLimit limit) =>
        new() { Measure = (Wire.QuotaMeasure)limit.Dimension, Window = (Wire.QuotaWindow)limit.Period, Amount = limit.Amount };

    private static Wire.Contract ToWire(this ContractVersion version, string platform) => new()
    {
        Version = version.Version,
        Terms = version.Terms.ToWire(platform),
        EffectiveTime = version.EffectiveAt.ToTimestamp(),
        ProposedBy = version.ProposedBy,
        ApprovedBy = version.ApprovedBy,
    };

    private static Wire.ContractTerms ToWire(this ContractTerms terms, string platform) => new()
    {
        Scope = terms.Scope.ToWire(platform),
        Price = new Wire.Price
        {
            Unit = (Wire.PriceUnit)terms.Price.Model,
            Amount = new Wire.Money { CurrencyCode = terms.Price.Currency, Micros = terms.Price.Micros },
        },
        Limits = { terms.Limits.Select(ToWire) },
        StartTime = terms.TermStart.ToTimestamp(),
        EndTime = terms.TermEnd.ToTimestamp(),
        TimeZone = terms.TimeZone,
        RecallDeadline = terms.RecallDeadline.ToDuration(),
        IsDeletedAtEnd = terms.DeleteAtEnd,
        Tokenizer = terms.Tokenizer,
    };

    private static Wire.Scope ToWire(this Scope scope, string platform) => new()
    {
        Datasets = { scope.Datasets.Select(dataset => ResourceNames.Dataset(platform, dataset)) },
        Kinds = { scope.Kinds.ToWire() },
        Languages = { scope.Languages },
        CreatedFrom = scope.CreatedFrom?.ToTimestamp(),
        CreatedBefore = scope.CreatedBefore?.ToTimestamp(),
        Purposes = { scope.Purposes.ToWire() },
        DroppedFields = { scope.Fields.Dropped.ToWire() },
        PseudonymisedFields = { scope.Fields.Pseudonymised.ToWire() },
        IsAttributionRequired = scope.AttributionRequired,
        IsFollowAllowed = scope.FollowAllowed,
    };
}
