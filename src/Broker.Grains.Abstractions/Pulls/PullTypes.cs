using Broker.Domain;
using Broker.Domain.Releases;

namespace Broker.Grains.Pulls;

/// <summary>Where a deal's pull stands in a partition.</summary>
/// <param name="Refusal">Why the stream may not pull, or null.</param>
/// <param name="Unconfirmed">Slices that the client did not confirm and that may be sent again, oldest first.</param>
[GenerateSerializer, Immutable]
public sealed record PullAttachment(
    [property: Id(0)] Refusal? Refusal,
    [property: Id(1)] IReadOnlyList<SliceName> Unconfirmed);

/// <summary>A slice of a deal's pull in a partition.</summary>
/// <param name="Round">The round, from 1.</param>
/// <param name="Number">The number in the round, from 1.</param>
[GenerateSerializer, Immutable]
public readonly record struct SliceName([property: Id(0)] int Round, [property: Id(1)] int Number);

/// <summary>Asks for the next slice.</summary>
/// <param name="Deal">The deal's id.</param>
/// <param name="StreamId">The stream that is attached.</param>
/// <param name="RecordsMax">1 to 65,536.</param>
/// <param name="BytesMax">1 to 64 MiB; one record may be larger.</param>
/// <param name="Filter">What the stream asks for; null for all of the scope. The round that is open must ask for nothing else.</param>
[GenerateSerializer, Immutable]
public readonly record struct NextSliceRequest(
    [property: Id(0)] string Deal,
    [property: Id(1)] string StreamId,
    [property: Id(2)] int RecordsMax,
    [property: Id(3)] long BytesMax,
    [property: Id(4)] PullFilter? Filter = null);

/// <summary>A grant, or why there is none.</summary>
/// <param name="Outcome">What it is.</param>
/// <param name="Grant">The grant, for <see cref="SliceOutcomeKind.Granted"/>.</param>
/// <param name="Refusal">The refusal, for <see cref="SliceOutcomeKind.Refused"/>.</param>
/// <param name="Progress">How far the rounds are, for <see cref="SliceOutcomeKind.Finished"/>, and for a refusal where the deal is known here.</param>
[GenerateSerializer, Immutable]
public sealed record SliceAnswer(
    [property: Id(0)] SliceOutcomeKind Outcome,
    [property: Id(1)] SliceGrant? Grant,
    [property: Id(2)] Refusal? Refusal,
    [property: Id(3)] RoundProgress? Progress = null)
{
    /// <summary>A grant.</summary>
    public static SliceAnswer Of(SliceGrant grant) => new(SliceOutcomeKind.Granted, grant, null);

    /// <summary>A refusal.</summary>
    public static SliceAnswer Of(Refusal refusal) => new(SliceOutcomeKind.Refused, null, refusal);

    /// <summary>Nothing more, now.</summary>
    public static SliceAnswer FinishedAt(RoundProgress progress) => new(SliceOutcomeKind.Finished, null, null, progress);

    /// <summary>Slices of this pull are still being sent; ask again when they are settled.</summary>
    public static readonly SliceAnswer Pending = new(SliceOutcomeKind.Pending, null, null);
}

/// <summary>Whether a stream that follows has something to ask for.</summary>
/// <param name="Refusal">Why it may follow no longer, or null.</param>
/// <param name="HasMore">Whether its next slice opens a round, or goes on with one. Where not, its observer is told when there may be more.</param>
/// <param name="Progress">How far the rounds are, for a refusal where the deal is known here.</param>
[GenerateSerializer, Immutable]
public sealed record FollowAnswer(
    [property: Id(0)] Refusal? Refusal,
    [property: Id(1)] bool HasMore,
    [property: Id(2)] RoundProgress? Progress = null);

/// <summary>How far a deal's rounds are in a partition.</summary>
/// <param name="Round">The last round; 0 when there was none.</param>
/// <param name="CoveredPosition">The position up to which the rounds cover what became available.</param>
[GenerateSerializer, Immutable]
public readonly record struct RoundProgress([property: Id(0)] int Round, [property: Id(1)] long CoveredPosition);

/// <summary>What the answer to a request for a slice is.</summary>
public enum SliceOutcomeKind
{
    /// <summary>A slice may be sent.</summary>
    Granted = 1,

    /// <summary>Nothing more is available.</summary>
    Finished = 2,

    /// <summary>The walk reached its end, but slices are still being sent.</summary>
    Pending = 3,

    /// <summary>Refused.</summary>
    Refused = 4,
}

/// <summary>Which rows of which segments may leave: already charged, already in the lineage, under a send lease.</summary>
/// <param name="Slice">The slice.</param>
/// <param name="Resend">Which resend, 0 for the first sending.</param>
/// <param name="Position">The position of its release, or resend.</param>
/// <param name="ContractVersion">The contract version.</param>
/// <param name="Records">Records.</param>
/// <param name="Bytes">UTF-8 bytes of the released fields.</param>
/// <param name="MoneyMicros">Charge, micro-units of the contract's currency.</param>
/// <param name="Digest">SHA-256 over the ids.</param>
/// <param name="Fields">The contract's field policy.</param>
/// <param name="Rows">The rows, in order.</param>
/// <param name="Lease">How long it may be sent, counted from before the grant was asked for.</param>
[GenerateSerializer, Immutable]
public sealed record SliceGrant(
    [property: Id(0)] SliceName Slice,
    [property: Id(1)] int Resend,
    [property: Id(2)] long Position,
    [property: Id(3)] int ContractVersion,
    [property: Id(4)] long Records,
    [property: Id(5)] long Bytes,
    [property: Id(6)] long MoneyMicros,
    [property: Id(7)] byte[] Digest,
    [property: Id(8)] GrantedFields Fields,
    [property: Id(9)] IReadOnlyList<GrantedRows> Rows,
    [property: Id(10)] TimeSpan Lease)
{
    /// <summary>Names this release of the slice for ever (16 bytes): see <see cref="ReleaseTag"/>.</summary>
    [Id(11)]
    public byte[] Release { get; init; } = [];

    /// <summary>Tokens, where the contract counts them; else 0.</summary>
    [Id(12)]
    public long Tokens { get; init; }
}

/// <summary>A field policy in plain numbers.</summary>
[GenerateSerializer, Immutable]
public readonly record struct GrantedFields([property: Id(0)] RecordFields Dropped, [property: Id(1)] RecordFields Pseudonymised)
{
    /// <summary>The policy.</summary>
    public FieldPolicy ToPolicy() => new(Dropped, Pseudonymised);
}

/// <summary>Neighbouring rows [From, To) of a segment.</summary>
[GenerateSerializer, Immutable]
public readonly record struct GrantedRows(
    [property: Id(0)] string Dataset,
    [property: Id(1)] string SegmentId,
    [property: Id(2)] byte[] SegmentDigest,
    [property: Id(3)] int From,
    [property: Id(4)] int To);

/// <summary>Leases that go on.</summary>
/// <param name="Renewed">The slices whose lease runs anew; a slice that is missing was revoked.</param>
/// <param name="Lease">How long, counted from before the renewal was asked for.</param>
[GenerateSerializer, Immutable]
public sealed record LeaseRenewal(
    [property: Id(0)] IReadOnlyList<SliceName> Renewed,
    [property: Id(1)] TimeSpan Lease);

/// <summary>What became of a slice at its gateway.</summary>
/// <param name="Slice">The slice.</param>
/// <param name="WasWritten">Whether anything of it was written to the transport; a slice of which nothing was is credited.</param>
[GenerateSerializer, Immutable]
public readonly record struct SentSlice([property: Id(0)] SliceName Slice, [property: Id(1)] bool WasWritten);
