using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Recalls;
using Wire = Broker.Protos.Log.V1;

namespace Broker.Grains.Partitions;

/// <summary>Events of recalls and training runs.</summary>
internal static class RecallWire
{
    public static Wire.RecallIssued Encode(RecallIssued issued)
    {
        var (recall, coverage) = (issued.Recall, issued.Recall.Coverage);
        var wire = new Wire.RecallIssued
        {
            Number = recall.Number,
            Deal = recall.Deal,
            Cause = (Wire.RecallCause)recall.Cause,
            Rule = (Wire.RecallRule)coverage.Rule,
            Kinds = (uint)coverage.Kinds,
            DueAtTicks = WireValues.Ticks(recall.DueAt),
        };
        if (coverage.User != -1) wire.User = coverage.User;
        wire.Records.AddRange(coverage.Records.Select(Encode));
        return wire;
    }

    public static RecallIssued Decode(Wire.RecallIssued wire)
    {
        var coverage = new RecallCoverage(
            (RecallRule)wire.Rule, wire.HasUser ? wire.User : -1, (RecordKinds)wire.Kinds, [.. wire.Records.Select(Decode)]);
        return new(new Recall(wire.Number, wire.Deal, (RecallCause)wire.Cause, coverage, WireValues.Time(wire.DueAtTicks)));
    }

    public static Wire.RecallAnswered Encode(RecallAnswered answered) => new()
    {
        Number = answered.RecallNumber,
        Verdict = (Wire.RecallVerdict)answered.Answer.Verdict,
        Reference = answered.Answer.Reference,
        AnsweredBy = answered.Answer.AnsweredBy,
        Attestation = answered.Answer.Attestation,
    };

    public static RecallAnswered Decode(Wire.RecallAnswered wire) =>
        new(wire.Number, new RecallAnswer((RecallVerdict)wire.Verdict, wire.Reference, wire.AnsweredBy, wire.Attestation));

    public static Wire.TrainingRunRegistered Encode(TrainingRunRegistered registered)
    {
        var wire = new Wire.TrainingRunRegistered { Deal = registered.Deal, RunId = registered.Run.Id, Model = registered.Run.Model };
        wire.Slices.AddRange(registered.Run.Slices.Select(run => new Wire.SliceRun { Round = run.Round, First = run.First, Last = run.Last }));
        return wire;
    }

    public static TrainingRunRegistered Decode(Wire.TrainingRunRegistered wire) => new(
        wire.Deal, new TrainingRun(wire.RunId, wire.Model, [.. wire.Slices.Select(run => new SliceRun(run.Round, run.First, run.Last))]));

    public static Wire.RecordRef Encode(RecordRef record) =>
        new() { SegmentId = record.SegmentId, Row = record.Row, AddedPosition = record.AddedPosition };

    public static RecordRef Decode(Wire.RecordRef wire) => new(wire.SegmentId, wire.Row, wire.AddedPosition);
}
