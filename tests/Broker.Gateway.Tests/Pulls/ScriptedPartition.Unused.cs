using Broker.Domain;
using Broker.Domain.Consents;
using Broker.Domain.Lineage;
using Broker.Domain.Recalls;
using Broker.Domain.Restores;
using Broker.Grains.Partitions;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>What no pull asks of a partition.</summary>
internal sealed partial class ScriptedPartition
{
    public Task<RestoreGap?> GetGapAsync() => throw new NotSupportedException();

    public Task<RestoreGap?> ReconcileAsync(string by) => throw new NotSupportedException();

    public Task<Refusal?> CreateAsync(int partitionCount) => throw new NotSupportedException();

    public Task<Refusal?> AnnouncePolicyAsync(Policy policy) => throw new NotSupportedException();

    public Task<int[]> EnsureUsersAsync(IReadOnlyList<string> userIds) => throw new NotSupportedException();

    public Task<Refusal?> DecideAsync(string userId, ConsentDecision decision, bool isDated, Grains.Deals.Caller caller) => throw new NotSupportedException();

    public Task<IReadOnlyList<Refusal?>> ImportConsentsAsync(IReadOnlyList<ConsentRow> rows) => throw new NotSupportedException();

    public Task<ConsentView?> GetConsentAsync(string userId) => throw new NotSupportedException();

    public Task<Refusal?> RemoveRecordAsync(string userId, string dataset, string recordId) => throw new NotSupportedException();

    public Task<Refusal?> EraseUserAsync(string userId) => throw new NotSupportedException();

    public Task<PartitionManifest> GetManifestAsync(string dataset) => throw new NotSupportedException();

    public Task<Refusal?> CommitImportAsync(ImportCommit commit) => throw new NotSupportedException();

    public Task<IReadOnlyList<RecallView>> ListRecallsAsync(string deal, int afterNumber, int countMax) => throw new NotSupportedException();

    public Task<IReadOnlyList<RecalledRecord>> ListRecalledRecordsAsync(int recallNumber, int skip, int countMax) => throw new NotSupportedException();

    public Task<Refusal?> AnswerRecallAsync(string deal, int recallNumber, RecallAnswer answer) => throw new NotSupportedException();

    public Task<Refusal?> RegisterTrainingRunAsync(string deal, TrainingRun run) => throw new NotSupportedException();

    public Task<UserReport?> ReportAsync(string userId) => throw new NotSupportedException();

    public Task<DealDeliveries> GetDeliveriesAsync(string deal) => throw new NotSupportedException();
}
