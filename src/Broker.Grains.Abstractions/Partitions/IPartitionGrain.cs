using Broker.Domain;
using Broker.Domain.Consents;
using Broker.Domain.Lineage;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using Broker.Grains.Deals;
using Broker.Grains.Pulls;
using Broker.Grains.Restores;

namespace Broker.Grains.Partitions;

/// <summary>A fixed hash range of a platform's users: their consent, their records' lineage, their recalls.</summary>
/// <remarks>Key: <see cref="PartitionKeys.Of"/>. Every answer is durable, refusals and reads included.</remarks>
public interface IPartitionGrain : IRestoredLog
{
    /// <summary>Makes the log's first entry; a log that was created otherwise refuses.</summary>
    Task<Refusal?> CreateAsync(int partitionCount);

    /// <summary>Announces a policy; acknowledged, where it narrows and is in force at once, after the barrier.</summary>
    [ResponseTimeout("00:01:00")]
    Task<Refusal?> AnnouncePolicyAsync(Policy policy);

    /// <summary>The numbers of users, given where they are new; −1 for users who are erased and stay so. At most 1,000 a call.</summary>
    Task<int[]> EnsureUsersAsync(IReadOnlyList<string> userIds);

    /// <summary>Records a user's decision. A withdrawal is acknowledged when nothing of it can be sent any more. Idempotent by the caller's request id.</summary>
    /// <param name="userId">The platform's id of the user.</param>
    /// <param name="decision">What was decided.</param>
    /// <param name="isDated">Whether it says when it was made; one that does not is the user's newest.</param>
    /// <param name="caller">Who calls, and under which request id.</param>
    [ResponseTimeout("00:01:00")]
    Task<Refusal?> DecideAsync(string userId, ConsentDecision decision, bool isDated, Caller caller);

    /// <summary>Records notices and decisions in bulk; one result a row. Acknowledged after the barrier, like single decisions. At most 1,000 rows.</summary>
    [ResponseTimeout("00:02:00")]
    Task<IReadOnlyList<Refusal?>> ImportConsentsAsync(IReadOnlyList<ConsentRow> rows);

    /// <summary>What is known of a user's consent, or null where nobody of that id is known.</summary>
    Task<ConsentView?> GetConsentAsync(string userId);

    /// <summary>Removes one record; acknowledged like a withdrawal.</summary>
    [ResponseTimeout("00:01:00")]
    Task<Refusal?> RemoveRecordAsync(string userId, string dataset, string recordId);

    /// <summary>Erases a user (GDPR Art. 17); acknowledged like a withdrawal.</summary>
    [ResponseTimeout("00:01:00")]
    Task<Refusal?> EraseUserAsync(string userId);

    /// <summary>The live segments of a dataset and their removed rows.</summary>
    Task<PartitionManifest> GetManifestAsync(string dataset);

    /// <summary>Commits an import's part; acknowledged, where it removes, like a withdrawal.</summary>
    [ResponseTimeout("00:02:00")]
    Task<Refusal?> CommitImportAsync(ImportCommit commit);

    /// <summary>Attaches a stream to a deal's pull here; an older stream's slices are revoked.</summary>
    /// <param name="deal">The deal's id.</param>
    /// <param name="streamId">The stream, unique.</param>
    /// <param name="observer">Who is told of revocations; a hint only, the lease is what counts.</param>
    [ResponseTimeout("00:01:00")]
    Task<PullAttachment> AttachAsync(string deal, string streamId, IPullObserver observer);

    /// <summary>Releases the next slice of the deal's pull.</summary>
    [ResponseTimeout("00:01:00")]
    Task<SliceAnswer> NextSliceAsync(NextSliceRequest request);

    /// <summary>A stream whose round is finished asks whether anything became available since. It holds nothing of the quota meanwhile.</summary>
    /// <param name="deal">The deal's id.</param>
    /// <param name="streamId">The stream that is attached.</param>
    /// <param name="filter">What it asks for; null for all of the scope.</param>
    /// <remarks>To be asked when the observer says so, and now and then besides: what it says may be lost, and a partition that has moved
    /// says PULL_NOT_OPEN only to who asks.</remarks>
    Task<FollowAnswer> FollowAsync(string deal, string streamId, PullFilter? filter = null);

    /// <summary>Sends again a slice that the client did not confirm.</summary>
    [ResponseTimeout("00:01:00")]
    Task<SliceAnswer> ResendSliceAsync(string deal, string streamId, int round, int number);

    /// <summary>Renews send leases; a slice that is not named in the answer is revoked.</summary>
    Task<LeaseRenewal> RenewLeasesAsync(string deal, string streamId, IReadOnlyList<SliceName> slices);

    /// <summary>The gateway says what became of slices that it held a lease for.</summary>
    Task SettleSentAsync(string deal, string streamId, IReadOnlyList<SentSlice> slices);

    /// <summary>Whether the deal has these slices here: a refusal that names the first it has not, or null.</summary>
    Task<Refusal?> CheckSlicesAsync(string deal, int round, IReadOnlyList<int> numbers);

    /// <summary>The client says which slices it has.</summary>
    Task<Refusal?> ConfirmSlicesAsync(string deal, int round, IReadOnlyList<int> numbers);

    /// <summary>The client says which slices it has, and of which release each is.</summary>
    /// <param name="deal">The deal's id.</param>
    /// <param name="round">The round.</param>
    /// <param name="numbers">The slices' numbers, each once.</param>
    /// <param name="releases">As many tags, of 16 bytes; empty where the client does not know it.</param>
    /// <returns>The numbers of slices that the log does not hold, or holds as another release: nothing is written of them.</returns>
    Task<int[]> ConfirmReleasesAsync(string deal, int round, IReadOnlyList<int> numbers, IReadOnlyList<byte[]> releases);

    /// <summary>The deal's recalls in order, after one of them.</summary>
    /// <param name="deal">The deal's id.</param>
    /// <param name="afterNumber">The last recall that was seen; 0 at first.</param>
    /// <param name="countMax">1 to 1,000.</param>
    Task<IReadOnlyList<RecallView>> ListRecallsAsync(string deal, int afterNumber, int countMax);

    /// <summary>The records that a recall covers, in order, after some of them.</summary>
    /// <param name="recallNumber">The recall.</param>
    /// <param name="skip">How many to leave out.</param>
    /// <param name="countMax">1 to 10,000.</param>
    Task<IReadOnlyList<RecalledRecord>> ListRecalledRecordsAsync(int recallNumber, int skip, int countMax);

    /// <summary>A partner answers a recall.</summary>
    Task<Refusal?> AnswerRecallAsync(string deal, int recallNumber, RecallAnswer answer);

    /// <summary>A partner registers a training run.</summary>
    Task<Refusal?> RegisterTrainingRunAsync(string deal, TrainingRun run);

    /// <summary>What of a user went where, or null where nobody of that id is known.</summary>
    Task<UserReport?> ReportAsync(string userId);

    /// <summary>Counts for operators.</summary>
    Task<PartitionStatus> GetStatusAsync();

    /// <summary>How the deal's slices stand here: released, received, credited.</summary>
    Task<DealDeliveries> GetDeliveriesAsync(string deal);
}
