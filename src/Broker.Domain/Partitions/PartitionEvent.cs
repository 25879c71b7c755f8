using System.Collections.Immutable;
using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Platforms;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;

namespace Broker.Domain.Partitions;

/// <summary>A fact in a partition's log. Everything about some users' data, in one total order.</summary>
public abstract record PartitionEvent;

/// <summary>The partition's first entry.</summary>
/// <param name="Platform">The platform's id.</param>
/// <param name="Index">Its index, 0 to <paramref name="Count"/> − 1.</param>
/// <param name="Count">How many partitions the platform has: a power of two, chosen once.</param>
public sealed record PartitionCreated(string Platform, int Index, int Count) : PartitionEvent;

/// <summary>A policy was announced.</summary>
public sealed record PolicyAnnounced(Policy Policy) : PartitionEvent;

/// <summary>An announced policy's date has come.</summary>
public sealed record PolicyInForce(int Version) : PartitionEvent;

/// <summary>A user got the next number.</summary>
/// <param name="User">The number, dense from 0.</param>
/// <param name="SealedId">The platform's id of the user, sealed under the user's own key; empty for a number that is passed over.</param>
/// <param name="Jurisdiction">Upper-case code, or empty when not known.</param>
public sealed record UserAdded(int User, ImmutableArray<byte> SealedId, string Jurisdiction) : PartitionEvent;

/// <summary>A user lives elsewhere now.</summary>
public sealed record JurisdictionChanged(int User, string Jurisdiction) : PartitionEvent;

/// <summary>Users were told of a policy.</summary>
/// <param name="PolicyVersion">The policy.</param>
/// <param name="NotifiedAt">When, at the platform, UTC.</param>
/// <param name="DueAt">When the notice has run; null where no default follows from it (opt-in, excluded).</param>
/// <param name="Users">Who.</param>
public sealed record NoticesGiven(int PolicyVersion, DateTimeOffset NotifiedAt, DateTimeOffset? DueAt, ImmutableArray<UserRun> Users) : PartitionEvent;

/// <summary>A notice's time is over: from here on the default speaks for these users, unless they decided.</summary>
public sealed record NoticeRun(int PolicyVersion, DateTimeOffset DueAt, ImmutableArray<UserRun> Users) : PartitionEvent;

/// <summary>A user decided.</summary>
public sealed record ConsentChanged(int User, ConsentDecision Decision) : PartitionEvent;

/// <summary>A segment of records was added.</summary>
/// <param name="ImportId">The import that brought it.</param>
/// <param name="Segment">The segment.</param>
public sealed record RecordsAdded(string ImportId, SegmentInfo Segment) : PartitionEvent;

/// <summary>The tokens of a segment's records are counted: from here on they can be released under contracts that count by this tokenizer.</summary>
/// <param name="SegmentId">The segment.</param>
/// <param name="Tokens">By which tokenizer, and the numbers' digest.</param>
public sealed record TokensCounted(string SegmentId, SegmentTokens Tokens) : PartitionEvent;

/// <summary>A record may not be released any more; nothing of its content stays in the log.</summary>
/// <param name="User">Whose it was.</param>
/// <param name="SegmentId">Where it lies.</param>
/// <param name="Row">Its row there.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Language">Its language.</param>
/// <param name="CreatedAtMs">Its creation, Unix milliseconds.</param>
/// <param name="AddedPosition">The position at which it was added.</param>
/// <param name="SealedId">The platform's id of it, sealed under the user's key.</param>
/// <param name="Cause">Why.</param>
public sealed record RecordRemoved(
    int User, string SegmentId, int Row, RecordKind Kind, string Language, long CreatedAtMs, long AddedPosition,
    ImmutableArray<byte> SealedId, RemovalCause Cause) : PartitionEvent;

/// <summary>Segments were merged: the same records lie in other files from here on, and what was gone lies in none.</summary>
/// <param name="Inputs">The segments that these records lay in, of one dataset and kind.</param>
/// <param name="Outputs">Where they lie now: at most one segment of records and one of remnants. Rows are as many as before.</param>
/// <param name="CleanUpTo">What was removed, erased or made nameless up to this position is so in the outputs.</param>
/// <param name="Carried">What was removed since, while the outputs were being written.</param>
public sealed record SegmentsMerged(
    ImmutableArray<string> Inputs, ImmutableArray<MergedSegment> Outputs, long CleanUpTo, ImmutableArray<CarriedRemoval> Carried) : PartitionEvent;

/// <summary>The files of segments that were merged are gone.</summary>
/// <param name="SegmentIds">Which.</param>
public sealed record SegmentsDeleted(ImmutableArray<string> SegmentIds) : PartitionEvent;

/// <summary>A user left for good: every record of theirs is removed with this entry.</summary>
/// <param name="User">Who.</param>
/// <param name="SuppressionHash">Keyed hash of the platform's user id (32 bytes): a later import does not bring them back. Empty where nobody
/// can tell the id: the key was destroyed before, and the log, restored from a backup, had forgotten why.</param>
public sealed record UserErased(int User, ImmutableArray<byte> SuppressionHash) : PartitionEvent;

/// <summary>The erased user's key is destroyed: what is sealed under it can never be read again.</summary>
public sealed record UserKeyDestroyed(int User) : PartitionEvent;

/// <summary>The partition learned a version of a deal's contract.</summary>
public sealed record ContractSeen(string Deal, string Partner, int Version, ContractTerms Terms) : PartitionEvent;

/// <summary>A round of a deal's pull began; it covers what became available after <paramref name="From"/>, up to this entry.</summary>
/// <param name="Deal">The deal's id.</param>
/// <param name="Round">The round, from 1.</param>
/// <param name="ContractVersion">The version in force.</param>
/// <param name="From">The bound of the last round whose filter admits all that this one's does; 0 at first.</param>
/// <param name="Filter">What it asks for; null for all of the scope.</param>
public sealed record PullOpened(string Deal, int Round, int ContractVersion, long From, PullFilter? Filter = null) : PartitionEvent;

/// <summary>A round's walk reached the end and none of its slices is unsent.</summary>
public sealed record PullFinished(string Deal, int Round) : PartitionEvent;

/// <summary>A slice was released: charged, in the lineage, free to be sent. The only linearization point.</summary>
/// <param name="Deal">The deal's id.</param>
/// <param name="Slice">What was released.</param>
public sealed record Released(string Deal, ReleasedSlice Slice) : PartitionEvent;

/// <summary>A slice that its client did not confirm goes out again, filtered by the consent of now; free.</summary>
/// <param name="Deal">The deal's id.</param>
/// <param name="Round">The slice's round.</param>
/// <param name="Number">The slice's number.</param>
/// <param name="Resend">Which resend, from 1.</param>
/// <param name="Amounts">What is sent now.</param>
/// <param name="Digest">SHA-256 over the ids of what is sent now.</param>
/// <param name="Credited">What was charged before and is filtered out now; it goes back.</param>
public sealed record Resent(
    string Deal, int Round, int Number, int Resend, Amounts Amounts, ImmutableArray<byte> Digest, Amounts Credited) : PartitionEvent;

/// <summary>Slices are settled.</summary>
/// <param name="Deal">The deal's id.</param>
/// <param name="Round">Their round.</param>
/// <param name="Numbers">Their numbers.</param>
/// <param name="Outcome">Received by the client, or dropped before any write (and so credited).</param>
public sealed record Confirmed(string Deal, int Round, ImmutableArray<int> Numbers, SliceOutcome Outcome) : PartitionEvent;

/// <summary>The deal has credited everything that this partition owed it up to a position.</summary>
public sealed record CreditsSettled(string Deal, long UpTo) : PartitionEvent;

/// <summary>A reservation will never be used: no release stands for it, and none will.</summary>
public sealed record ReservationVoided(string Deal, string ReservationId) : PartitionEvent;

/// <summary>A partner must delete what it got before this entry.</summary>
public sealed record RecallIssued(Recall Recall) : PartitionEvent;

/// <summary>A partner answered a recall.</summary>
/// <param name="RecallNumber">The recall.</param>
/// <param name="Answer">What the partner says.</param>
public sealed record RecallAnswered(int RecallNumber, RecallAnswer Answer) : PartitionEvent;

/// <summary>A partner registered a training run and what of this partition it consumed.</summary>
/// <param name="Deal">The deal's id.</param>
/// <param name="Run">The run.</param>
public sealed record TrainingRunRegistered(string Deal, TrainingRun Run) : PartitionEvent;
