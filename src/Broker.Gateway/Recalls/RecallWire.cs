using Broker.Gateway.Parsing;
using Broker.Grains.Partitions;
using Google.Protobuf.WellKnownTypes;
using Verdict = Broker.Domain.Recalls.RecallVerdict;
using Wire = Broker.Protos.V1;

namespace Broker.Gateway.Recalls;

/// <summary>Writes recalls to the wire.</summary>
internal static class RecallWire
{
    public static Wire.Recall ToWire(this RecallView view, DealName deal, int partition) => new()
    {
        Name = ResourceNames.Recall(deal, partition, view.Number),
        Partition = partition,
        Number = view.Number,
        Cause = (Wire.RecallCause)view.Cause,
        Author = view.UserId ?? "",
        RecordCount = view.RecordCount,
        IssueTime = view.IssuedAt.ToTimestamp(),
        DueTime = view.DueAt.ToTimestamp(),
        Answer = view.Answer is { } answer ? ToWire(answer, view.AnsweredAt) : null,
    };

    public static Wire.RecalledRecord ToWire(this RecalledRecord record, string platform) => new()
    {
        RecordId = record.RecordId,
        Kind = (Wire.RecordKind)record.Kind,
        AddedPosition = record.AddedPosition,
        Round = record.Round,
        Slice = record.Slice,
        Dataset = ResourceNames.Dataset(platform, record.Dataset),
    };

    private static Wire.RecallAnswer ToWire(Domain.Recalls.RecallAnswer answer, DateTimeOffset? answeredAt) => new()
    {
        Verdict = (Wire.RecallVerdict)answer.Verdict,
        TrainingRun = answer.Verdict == Verdict.RetainedInModel ? answer.Reference : "",
        LegalHoldReference = answer.Verdict == Verdict.LegalHold ? answer.Reference : "",
        AnsweredBy = answer.AnsweredBy,
        AnswerTime = answeredAt?.ToTimestamp(),
    };
}
