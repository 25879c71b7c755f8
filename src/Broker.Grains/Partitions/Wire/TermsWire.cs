using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Wire = Broker.Protos.Log.V1;

namespace Broker.Grains.Partitions;

/// <summary>Contracts and amounts as both kinds of log hold them.</summary>
internal static class TermsWire
{
    public static Wire.Amounts Encode(Amounts amounts) =>
        new() { Records = amounts.Records, Bytes = amounts.Bytes, Tokens = amounts.Tokens, MoneyMicros = amounts.MoneyMicros };

    public static Amounts Decode(Wire.Amounts? wire) =>
        wire is null ? Amounts.Zero : new Amounts(wire.Records, wire.Bytes, wire.Tokens, wire.MoneyMicros);

    public static Wire.ContractTerms Encode(ContractTerms terms) => new()
    {
        Scope = Encode(terms.Scope),
        Price = new() { Model = (uint)terms.Price.Model, Micros = terms.Price.Micros, Currency = terms.Price.Currency },
        Limits = { terms.Limits.Select(limit => new Wire.QuotaLimit { Dimension = (uint)limit.Dimension, Period = (uint)limit.Period, Amount = limit.Amount }) },
        TermStartTicks = WireValues.Ticks(terms.TermStart),
        TermEndTicks = WireValues.Ticks(terms.TermEnd),
        TimeZone = terms.TimeZone,
        RecallDeadlineTicks = terms.RecallDeadline.Ticks,
        DeleteAtEnd = terms.DeleteAtEnd,
        Tokenizer = terms.Tokenizer,
    };

    public static ContractTerms Decode(Wire.ContractTerms? wire) => wire is { Scope: { } scope, Price: { } price }
        ? new()
        {
            Scope = Decode(scope),
            Price = new Price((PriceModel)price.Model, price.Micros, price.Currency),
            Limits = [.. wire.Limits.Select(limit => new QuotaLimit((QuotaDimension)limit.Dimension, (QuotaPeriod)limit.Period, limit.Amount))],
            TermStart = WireValues.Time(wire.TermStartTicks),
            TermEnd = WireValues.Time(wire.TermEndTicks),
            TimeZone = wire.TimeZone,
            RecallDeadline = TimeSpan.FromTicks(wire.RecallDeadlineTicks),
            DeleteAtEnd = wire.DeleteAtEnd,
            Tokenizer = wire.Tokenizer,
        }
        : throw new InvalidDataException("A contract's scope or price is missing.");

    private static Wire.Scope Encode(Scope scope)
    {
        var wire = new Wire.Scope
        {
            Datasets = { scope.Datasets },
            Kinds = (uint)scope.Kinds,
            Purposes = (uint)scope.Purposes,
            Languages = { scope.Languages },
            DroppedFields = (uint)scope.Fields.Dropped,
            PseudonymisedFields = (uint)scope.Fields.Pseudonymised,
            AttributionRequired = scope.AttributionRequired,
            FollowAllowed = scope.FollowAllowed,
        };
        if (scope.CreatedFrom is { } from) wire.CreatedFromTicks = WireValues.Ticks(from);
        if (scope.CreatedBefore is { } before) wire.CreatedBeforeTicks = WireValues.Ticks(before);
        return wire;
    }

    private static Scope Decode(Wire.Scope wire) => new()
    {
        Datasets = [.. wire.Datasets],
        Kinds = (RecordKinds)wire.Kinds,
        Purposes = (Purposes)wire.Purposes,
        Languages = [.. wire.Languages],
        CreatedFrom = wire.HasCreatedFromTicks ? WireValues.Time(wire.CreatedFromTicks) : null,
        CreatedBefore = wire.HasCreatedBeforeTicks ? WireValues.Time(wire.CreatedBeforeTicks) : null,
        Fields = new FieldPolicy((RecordFields)wire.DroppedFields, (RecordFields)wire.PseudonymisedFields),
        AttributionRequired = wire.AttributionRequired,
        FollowAllowed = wire.FollowAllowed,
    };
}
