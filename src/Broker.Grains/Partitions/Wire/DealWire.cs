using System.Collections.Immutable;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Wire = Broker.Protos.Log.V1;

namespace Broker.Grains.Partitions;

/// <summary>Events of a deal's pull, but for the release itself.</summary>
internal static class DealWire
{
    public static Wire.ContractSeen Encode(ContractSeen seen) =>
        new() { Deal = seen.Deal, Partner = seen.Partner, Version = seen.Version, Terms = TermsWire.Encode(seen.Terms) };

    public static ContractSeen Decode(Wire.ContractSeen wire) => new(
        wire.Deal, wire.Partner, wire.Version, TermsWire.Decode(wire.Terms ?? throw new InvalidDataException("A contract's terms are missing.")));

    public static Wire.PullOpened Encode(PullOpened opened) =>
        new() { Deal = opened.Deal, Round = opened.Round, ContractVersion = opened.ContractVersion, From = opened.From, Filter = Encode(opened.Filter) };

    public static PullOpened Decode(Wire.PullOpened wire) => new(wire.Deal, wire.Round, wire.ContractVersion, wire.From, Decode(wire.Filter));

    public static Wire.PullFilter? Encode(PullFilter? filter)
    {
        if (filter is null) return null;
        var wire = new Wire.PullFilter { Kinds = (uint)filter.Kinds, Datasets = { filter.Datasets }, Languages = { filter.Languages } };
        if (filter.CreatedFromMs is { } from) wire.CreatedFromMs = from;
        if (filter.CreatedBeforeMs is { } before) wire.CreatedBeforeMs = before;
        return wire;
    }

    public static PullFilter? Decode(Wire.PullFilter? wire) => wire is null ? null : new PullFilter
    {
        Kinds = (RecordKinds)wire.Kinds,
        Datasets = [.. wire.Datasets],
        Languages = [.. wire.Languages],
        CreatedFromMs = wire.HasCreatedFromMs ? wire.CreatedFromMs : null,
        CreatedBeforeMs = wire.HasCreatedBeforeMs ? wire.CreatedBeforeMs : null,
    };

    public static Wire.Resent Encode(Resent resent) => new()
    {
        Deal = resent.Deal,
        Round = resent.Round,
        Number = resent.Number,
        Resend = resent.Resend,
        Amounts = TermsWire.Encode(resent.Amounts),
        Digest = WireValues.Bytes(resent.Digest),
        Credited = TermsWire.Encode(resent.Credited),
    };

    public static Resent Decode(Wire.Resent wire) => new(
        wire.Deal,
        wire.Round,
        wire.Number,
        wire.Resend,
        TermsWire.Decode(wire.Amounts),
        WireValues.Bytes(wire.Digest),
        TermsWire.Decode(wire.Credited));

    public static Wire.Confirmed Encode(Confirmed confirmed)
    {
        var wire = new Wire.Confirmed { Deal = confirmed.Deal, Round = confirmed.Round, Outcome = (Wire.SliceOutcome)confirmed.Outcome };
        var last = 0;
        foreach (var number in confirmed.Numbers)
        {
            wire.NumberSteps.Add(unchecked(number - last));
            last = number;
        }

        return wire;
    }

    public static Confirmed Decode(Wire.Confirmed wire)
    {
        var numbers = ImmutableArray.CreateBuilder<int>(wire.NumberSteps.Count);
        var last = 0;
        foreach (var step in wire.NumberSteps) numbers.Add(last = unchecked(last + step));
        return new(wire.Deal, wire.Round, numbers.MoveToImmutable(), (SliceOutcome)wire.Outcome);
    }
}
