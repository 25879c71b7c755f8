namespace Broker.Domain.Tests.Generators;

/// <summary>What a partition can be told to do.</summary>
internal enum PartitionVerb
{
    AnnouncePolicy,
    Sweep,
    AddUser,
    GiveNotice,
    Decide,
    AddRecords,
    RemoveRecord,
    Erase,
    DestroyKey,
    SeeContract,
    OpenRound,
    Release,
    Resend,
    Receive,
    Drop,
    FinishRound,
    SettleCredits,
    Void,
    Revoke,
    AnswerRecall,
    RegisterRun,
    Wait,
    PlanMerge,
    Merge,
    DeleteSegments,
}
