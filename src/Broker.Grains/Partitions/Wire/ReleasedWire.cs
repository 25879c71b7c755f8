using System.Collections.Immutable;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Google.Protobuf.Collections;
using Wire = Broker.Protos.Log.V1;

namespace Broker.Grains.Partitions;

/// <summary>The release: a few dozen bytes a slice, and one or two a run of excluded users.</summary>
internal static class ReleasedWire
{
    public static Wire.Released Encode(Released released)
    {
        var slice = released.Slice;
        var wire = new Wire.Released
        {
            Deal = released.Deal,
            Round = slice.Round,
            Number = slice.Number,
            IntervalFrom = slice.IntervalFrom,
            IntervalLength = unchecked(slice.IntervalTo - slice.IntervalFrom),
            ContractVersion = slice.ContractVersion,
            ReservationId = slice.ReservationId,
            Amounts = TermsWire.Encode(slice.Amounts),
            Digest = WireValues.Bytes(slice.Digest),
        };
        AddPlace(wire, slice.From, slice.To);
        AddExclusions(wire, slice.Exclusions, slice.From.NextUser);
        return wire;
    }

    public static Released Decode(Wire.Released wire)
    {
        var from = new PullCursor(unchecked((int)(wire.FromUser - 1)), Decode(wire.FromKey));
        var to = new PullCursor(unchecked((int)(wire.FromUser + wire.Users - 1)), Decode(wire.ToKey));
        return new(wire.Deal, new ReleasedSlice(
            wire.Round,
            wire.Number,
            from,
            to,
            wire.IntervalFrom,
            unchecked(wire.IntervalFrom + wire.IntervalLength),
            Exclusions(wire, from.NextUser),
            wire.ContractVersion,
            wire.ReservationId,
            TermsWire.Decode(wire.Amounts),
            WireValues.Bytes(wire.Digest)));
    }

    private static void AddPlace(Wire.Released wire, PullCursor from, PullCursor to)
    {
        wire.FromUser = unchecked((uint)(from.User + 1));
        wire.Users = unchecked((uint)(to.User - from.User));
        wire.FromKey = Encode(from.Key);
        wire.ToKey = Encode(to.Key);
    }

    public static Wire.RowKey? Encode(RowKey key) =>
        key == RowKey.Last ? null : new() { Kind = (int)key.Kind, CreatedAtMs = key.CreatedAtMs, IdHash = key.IdHash };

    public static RowKey Decode(Wire.RowKey? wire) => wire is null ? RowKey.Last : new((RecordKind)wire.Kind, wire.CreatedAtMs, wire.IdHash);

    private static void AddExclusions(Wire.Released wire, ImmutableArray<Exclusion> exclusions, int start)
    {
        if (exclusions.IsDefaultOrEmpty) return;
        wire.Exclusions = WireValues.Runs(exclusions.Select(exclusion => exclusion.Users), start);
        var kinds = exclusions.Select(exclusion => (uint)exclusion.Kinds);
        wire.ExclusionKinds.AddRange(exclusions.All(exclusion => exclusion.Kinds == exclusions[0].Kinds) ? kinds.Take(1) : kinds);
    }

    private static ImmutableArray<Exclusion> Exclusions(Wire.Released wire, int start)
    {
        var runs = WireValues.Runs(wire.Exclusions, start);
        if (runs.IsEmpty) return [];
        if (wire.ExclusionKinds.Count != 1 && wire.ExclusionKinds.Count != runs.Length) throw new InvalidDataException("Exclusions' kinds are cut short.");
        return [.. runs.Select((run, index) => new Exclusion(run, (RecordKinds)KindsOf(wire.ExclusionKinds, index)))];
    }

    private static uint KindsOf(RepeatedField<uint> kinds, int index) => kinds[kinds.Count == 1 ? 0 : index];
}
