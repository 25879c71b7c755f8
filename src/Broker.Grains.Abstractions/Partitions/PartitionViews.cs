using Broker.Domain.Consents;
using Broker.Domain.Platforms;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;

namespace Broker.Grains.Partitions;

/// <summary>One row of a consent import.</summary>
/// <param name="UserId">The platform's user id.</param>
/// <param name="NotifiedAt">When the user was told of the newest policy, or null.</param>
/// <param name="Jurisdiction">Where the user lives, or null.</param>
/// <param name="Decision">What the user decided, or null.</param>
[GenerateSerializer, Immutable]
public sealed record ConsentRow(
    [property: Id(0)] string UserId,
    [property: Id(1)] DateTimeOffset? NotifiedAt,
    [property: Id(2)] string? Jurisdiction,
    [property: Id(3)] ConsentDecision? Decision);

/// <summary>What is known of a user's consent.</summary>
/// <param name="UserId">The platform's user id.</param>
/// <param name="Jurisdiction">Where the user lives; empty when not known.</param>
/// <param name="PolicyVersion">The policy in force; 0 for none.</param>
/// <param name="Notices">Policies whose notice to the user has run.</param>
/// <param name="Decisions">Every decision, oldest first.</param>
/// <param name="InForce">What is in force now, in general (without partner exceptions).</param>
/// <param name="IsErased">Whether the user was erased.</param>
[GenerateSerializer, Immutable]
public sealed record ConsentView(
    [property: Id(0)] string UserId,
    [property: Id(1)] string Jurisdiction,
    [property: Id(2)] int PolicyVersion,
    [property: Id(3)] IReadOnlyList<int> Notices,
    [property: Id(4)] IReadOnlyList<ConsentDecision> Decisions,
    [property: Id(5)] IReadOnlyList<ConsentInForce> InForce,
    [property: Id(6)] bool IsErased);

/// <summary>A purpose and kind for which consent is in force, and what carries it.</summary>
/// <param name="Purpose">The purpose.</param>
/// <param name="Kind">The kind.</param>
/// <param name="SincePosition">Since which position of the partition's log.</param>
/// <param name="Carrier">What carries it: <c>grant</c> or <c>policy-default</c>.</param>
[GenerateSerializer, Immutable]
public sealed record ConsentInForce(
    [property: Id(0)] Purpose Purpose,
    [property: Id(1)] RecordKind Kind,
    [property: Id(2)] long SincePosition,
    [property: Id(3)] string Carrier);

/// <summary>The segments of a dataset in a partition.</summary>
/// <param name="Position">The position of the last entry that changed them; a commit must name it.</param>
/// <param name="Segments">Them.</param>
[GenerateSerializer, Immutable]
public sealed record PartitionManifest(
    [property: Id(0)] long Position,
    [property: Id(1)] IReadOnlyList<ManifestSegment> Segments)
{
    /// <summary>Ids of segments that were merged away and whose files may still be read.</summary>
    [Id(2)]
    public IReadOnlyList<string> Retired { get; init; } = [];
}

/// <summary>A segment and which of its rows are gone.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="AddedPosition">The least position at which one of its rows was added.</param>
/// <param name="RemovedRows">Rows that are removed, ascending.</param>
/// <param name="ErasedUsers">Users all of whose rows are gone, ascending.</param>
/// <param name="DeletedRows">Those of the removed rows whose user or platform asked for it, ascending: an import does not bring them back.</param>
[GenerateSerializer, Immutable]
public sealed record ManifestSegment(
    [property: Id(0)] SegmentInfo Segment,
    [property: Id(1)] long AddedPosition,
    [property: Id(2)] int[] RemovedRows,
    [property: Id(3)] int[] ErasedUsers,
    [property: Id(4)] int[] DeletedRows)
{
    /// <summary>Whether it holds what is left of records that are gone; its rows tell which of them an import does not bring back.</summary>
    [Id(5)]
    public bool IsRemnants { get; init; }
}

/// <summary>An import's part in one partition.</summary>
/// <param name="ImportId">The import.</param>
/// <param name="ManifestPosition">What it was prepared against.</param>
/// <param name="Segments">Published segments.</param>
/// <param name="Removals">Rows to remove.</param>
[GenerateSerializer, Immutable]
public sealed record ImportCommit(
    [property: Id(0)] string ImportId,
    [property: Id(1)] long ManifestPosition,
    [property: Id(2)] IReadOnlyList<SegmentInfo> Segments,
    [property: Id(3)] IReadOnlyList<RowRemoval> Removals);

/// <summary>A row to remove.</summary>
/// <param name="SegmentId">Where it lies.</param>
/// <param name="Row">The row.</param>
/// <param name="Cause">Why.</param>
[GenerateSerializer, Immutable]
public readonly record struct RowRemoval(
    [property: Id(0)] string SegmentId,
    [property: Id(1)] int Row,
    [property: Id(2)] RemovalCause Cause);

/// <summary>A recall as its partner sees it.</summary>
/// <param name="Number">Its number in the partition.</param>
/// <param name="Deal">The deal's id.</param>
/// <param name="Cause">Why.</param>
/// <param name="UserId">The user as the deal got them (id or pseudonym), or null where it concerns many or the field was dropped.</param>
/// <param name="RecordCount">How many records it covers.</param>
/// <param name="IssuedAt">When it was issued, UTC.</param>
/// <param name="DueAt">When its answer is due, UTC.</param>
/// <param name="Answer">The answer, or null.</param>
/// <param name="AnsweredAt">When it was answered, or null.</param>
[GenerateSerializer, Immutable]
public sealed record RecallView(
    [property: Id(0)] int Number,
    [property: Id(1)] string Deal,
    [property: Id(2)] RecallCause Cause,
    [property: Id(3)] string? UserId,
    [property: Id(4)] int RecordCount,
    [property: Id(5)] DateTimeOffset IssuedAt,
    [property: Id(6)] DateTimeOffset DueAt,
    [property: Id(7)] RecallAnswer? Answer,
    [property: Id(8)] DateTimeOffset? AnsweredAt);

/// <summary>A record that a recall covers.</summary>
/// <param name="RecordId">The platform's record id.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="AddedPosition">The position at which it was added: names the version.</param>
/// <param name="Round">The round of the slice that carried it.</param>
/// <param name="Slice">The slice that carried it.</param>
/// <param name="Dataset">The id of the dataset in which the record's id is unique.</param>
[GenerateSerializer, Immutable]
public sealed record RecalledRecord(
    [property: Id(0)] string RecordId,
    [property: Id(1)] RecordKind Kind,
    [property: Id(2)] long AddedPosition,
    [property: Id(3)] int Round,
    [property: Id(4)] int Slice,
    [property: Id(5)] string Dataset);

/// <summary>What of a user went where.</summary>
/// <param name="UserId">The platform's user id.</param>
/// <param name="Consent">Their consent.</param>
/// <param name="RecordCounts">Records held by the platform and licensable, by kind.</param>
/// <param name="Deliveries">What each deal got, by contract version and kind.</param>
[GenerateSerializer, Immutable]
public sealed record UserReport(
    [property: Id(0)] string UserId,
    [property: Id(1)] ConsentView Consent,
    [property: Id(2)] IReadOnlyList<KindCount> RecordCounts,
    [property: Id(3)] IReadOnlyList<UserDelivery> Deliveries);

/// <summary>A count by kind.</summary>
[GenerateSerializer, Immutable]
public readonly record struct KindCount([property: Id(0)] RecordKind Kind, [property: Id(1)] long Count);

/// <summary>What one deal got of a user.</summary>
/// <param name="Deal">The deal's id.</param>
/// <param name="Partner">The partner's id.</param>
/// <param name="ContractVersion">Under which version.</param>
/// <param name="Purposes">For which purposes.</param>
/// <param name="Kind">Of which kind.</param>
/// <param name="Records">How many records left.</param>
/// <param name="FirstAt">When the first of them left, UTC.</param>
/// <param name="LastAt">When the last of them left, UTC.</param>
/// <param name="Recalled">How many of them are recalled.</param>
/// <param name="Deleted">How many of them the partner attested to have deleted, and never said that a model consumed.</param>
/// <param name="RetainedInModels">Training runs that consumed some of them and cannot forget, whatever was answered since.</param>
/// <param name="LegalHolds">References of legal holds.</param>
/// <param name="IsHeld">Whether the partner still holds some of them, recalled or not, as far as it has said.</param>
[GenerateSerializer, Immutable]
public sealed record UserDelivery(
    [property: Id(0)] string Deal,
    [property: Id(1)] string Partner,
    [property: Id(2)] int ContractVersion,
    [property: Id(3)] Purposes Purposes,
    [property: Id(4)] RecordKind Kind,
    [property: Id(5)] long Records,
    [property: Id(6)] DateTimeOffset FirstAt,
    [property: Id(7)] DateTimeOffset LastAt,
    [property: Id(8)] long Recalled,
    [property: Id(9)] long Deleted,
    [property: Id(10)] IReadOnlyList<string> RetainedInModels,
    [property: Id(11)] IReadOnlyList<string> LegalHolds,
    [property: Id(12)] bool IsHeld);

/// <summary>Counts of a partition.</summary>
/// <param name="Platform">The platform's id; empty before it was created.</param>
/// <param name="Index">Its index.</param>
/// <param name="Count">How many partitions the platform has.</param>
/// <param name="Fence">The fence that the activation holds.</param>
/// <param name="Position">The last entry's position.</param>
/// <param name="Users">Users.</param>
/// <param name="Segments">Segments.</param>
/// <param name="Records">Rows in segments, removed ones included.</param>
/// <param name="OpenRecalls">Recalls that are not answered.</param>
[GenerateSerializer, Immutable]
public sealed record PartitionStatus(
    [property: Id(0)] string Platform,
    [property: Id(1)] int Index,
    [property: Id(2)] int Count,
    [property: Id(3)] long Fence,
    [property: Id(4)] long Position,
    [property: Id(5)] int Users,
    [property: Id(6)] int Segments,
    [property: Id(7)] long Records,
    [property: Id(8)] int OpenRecalls);

/// <summary>How a deal's slices stand in a partition, in records and bytes.</summary>
/// <param name="ReleasedRecords">Released and charged.</param>
/// <param name="ReceivedRecords">Confirmed by the client.</param>
/// <param name="CreditedRecords">Dropped or filtered out, and credited.</param>
/// <param name="UncertainRecords">Charged and never confirmed: released − received − credited.</param>
[GenerateSerializer, Immutable]
public readonly record struct DealDeliveries(
    [property: Id(0)] long ReleasedRecords,
    [property: Id(1)] long ReceivedRecords,
    [property: Id(2)] long CreditedRecords,
    [property: Id(3)] long UncertainRecords);
