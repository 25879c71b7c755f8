using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Releases;
using Wire = Broker.Protos.Log.V1;

namespace Broker.Grains.Partitions;

/// <summary>What went to deals, and was recalled, in a snapshot.</summary>
internal static class LineageWire
{
    public static Wire.DealLineage Encode(LineageSnapshot lineage) => new()
    {
        Deal = lineage.Deal,
        Partner = lineage.Partner,
        Contracts = { lineage.Contracts.Select(seen => new Wire.ContractSince { Position = seen.Position, Version = seen.Version, Terms = TermsWire.Encode(seen.Terms) }) },
        Rounds = { lineage.Rounds.Select(Encode) },
        TrainingRuns = { lineage.TrainingRuns.Select(run => RecallWire.Encode(new TrainingRunRegistered("", run))) },
        CreditsSettledUpTo = lineage.CreditsSettledUpTo,
    };

    public static LineageSnapshot Decode(Wire.DealLineage wire) => new(
        wire.Deal,
        wire.Partner,
        [.. wire.Contracts.Select(seen => (seen.Position, seen.Version, TermsWire.Decode(seen.Terms)))],
        [.. wire.Rounds.Select(Decode)],
        [.. wire.TrainingRuns.Select(run => RecallWire.Decode(run).Run)],
        wire.CreditsSettledUpTo);

    public static Wire.IssuedRecall Encode(RecallSnapshot recall)
    {
        var wire = new Wire.IssuedRecall
        {
            Recall = RecallWire.Encode(new RecallIssued(recall.Recall)),
            Position = recall.Position,
            IssuedAtTicks = WireValues.Ticks(recall.IssuedAt),
            Answer = recall.Answer is { } answer ? RecallWire.Encode(new RecallAnswered(0, answer)) : null,
            RetainedInModels = { recall.RetainedInModels },
        };
        if (recall.AnsweredAt is { } at) wire.AnsweredAtTicks = WireValues.Ticks(at);
        return wire;
    }

    public static RecallSnapshot Decode(Wire.IssuedRecall wire) => new(
        RecallWire.Decode(wire.Recall ?? throw new InvalidDataException("A recall is missing.")).Recall,
        wire.Position,
        WireValues.Time(wire.IssuedAtTicks),
        wire.Answer is null ? null : RecallWire.Decode(wire.Answer).Answer,
        wire.HasAnsweredAtTicks ? WireValues.Time(wire.AnsweredAtTicks) : null,
        [.. wire.RetainedInModels]);

    private static Wire.PullRound Encode(RoundSnapshot round) => new()
    {
        Number = round.Number,
        IntervalFrom = round.IntervalFrom,
        IntervalTo = round.IntervalTo,
        IsFinished = round.IsFinished,
        Cursor = Encode(round.Cursor),
        Reopened = { round.Reopened.Select(range => new Wire.PullRange { From = Encode(range.From), To = Encode(range.To) }) },
        Slices = { round.Slices.Select(Encode) },
        Filter = DealWire.Encode(round.Filter),
    };

    private static RoundSnapshot Decode(Wire.PullRound wire) => new(
        wire.Number,
        wire.IntervalFrom,
        wire.IntervalTo,
        wire.IsFinished,
        Decode(wire.Cursor),
        [.. wire.Reopened.Select(range => (Decode(range.From), Decode(range.To)))],
        [.. wire.Slices.Select(Decode)],
        DealWire.Decode(wire.Filter));

    private static Wire.PullPlace Encode(PullCursor place) => new() { User = place.User, Key = ReleasedWire.Encode(place.Key) };

    private static PullCursor Decode(Wire.PullPlace? wire) =>
        wire is null ? throw new InvalidDataException("A place in a walk is missing.") : new(wire.User, ReleasedWire.Decode(wire.Key));

    private static Wire.DeliveredSlice Encode(SliceSnapshot slice) => new()
    {
        Released = ReleasedWire.Encode(new Released("", slice.Released)),
        Position = slice.Position,
        ReleasedAtTicks = WireValues.Ticks(slice.ReleasedAt),
        Outcome = (Wire.SliceOutcome)slice.Outcome,
        SettledPosition = slice.SettledPosition,
        LastResend = slice.Resends == 0 ? null : new()
        {
            Number = slice.Resends,
            Position = slice.SentPosition,
            Amounts = TermsWire.Encode(slice.Current),
            Digest = WireValues.Shared(slice.CurrentDigest),
        },
    };

    private static SliceSnapshot Decode(Wire.DeliveredSlice wire)
    {
        var released = ReleasedWire.Decode(wire.Released ?? throw new InvalidDataException("A slice is missing.")).Slice;
        var (at, outcome) = (WireValues.Time(wire.ReleasedAtTicks), (SliceOutcome)wire.Outcome);
        return wire.LastResend is { } last
            ? new(released, wire.Position, at, outcome, last.Number, last.Position, TermsWire.Decode(last.Amounts), WireValues.Bytes(last.Digest), wire.SettledPosition)
            : new(released, wire.Position, at, outcome, 0, wire.Position, released.Amounts, released.Digest, wire.SettledPosition);
    }
}
