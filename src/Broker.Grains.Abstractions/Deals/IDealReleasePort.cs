using Broker.Domain;
using Broker.Domain.Deals;

namespace Broker.Grains.Deals;

/// <summary>What partitions ask of a deal. The deal's grain implements it; key: <c>{platform}/{deal}</c>.</summary>
public interface IDealReleasePort : IGrainWithStringKey
{
    /// <summary>The contract in force, or why nothing may be pulled under it; fence-checked.</summary>
    Task<ContractAnswer> GetContractInForceAsync();

    /// <summary>Sets amounts aside for one slice: exact, durable, idempotent by id.</summary>
    Task<ReserveAnswer> ReserveAsync(ReserveRequest request);

    /// <summary>Says what became of reservations: posted with the actual amounts, or void; and what is credited in all.
    /// Repeats change nothing.</summary>
    Task SettleAsync(IReadOnlyList<ReservationSettlement> settlements);

    /// <summary>A recall of the deal is overdue: the deal suspends itself.</summary>
    Task<Refusal?> SuspendForOverdueRecallAsync(string recall);
}

/// <summary>The contract in force, or a refusal.</summary>
/// <param name="Refusal">Why nothing may be pulled, or null.</param>
/// <param name="Partner">The partner's id.</param>
/// <param name="Version">The version in force.</param>
/// <param name="Terms">Its terms.</param>
/// <param name="FullLimit">The limit that posted amounts fill (<c>records/term</c>), or null: nothing can be reserved under it.</param>
[GenerateSerializer, Immutable]
public sealed record ContractAnswer(
    [property: Id(0)] Refusal? Refusal,
    [property: Id(1)] string Partner,
    [property: Id(2)] int Version,
    [property: Id(3)] ContractTerms? Terms,
    [property: Id(4)] string? FullLimit = null);

/// <summary>Asks for amounts to be set aside.</summary>
/// <param name="Id">The reservation's id (Broker.Domain.Releases.ReservationId).</param>
/// <param name="ContractVersion">The version that the slice was selected under.</param>
/// <param name="Records">Records asked for.</param>
/// <param name="Bytes">Bytes asked for.</param>
/// <param name="MoneyMicros">Money asked for.</param>
/// <param name="FirstRecords">The first record's amounts: when not even it fits, nothing does.</param>
/// <param name="FirstBytes">The first record's bytes.</param>
/// <param name="FirstMoneyMicros">The first record's money.</param>
/// <param name="Tokens">Tokens asked for.</param>
/// <param name="FirstTokens">The first record's tokens.</param>
/// <param name="Tokenizer">Who counted the tokens; null or empty where nobody did, as on a silo of a release that knows no tokens.</param>
[GenerateSerializer, Immutable]
public readonly record struct ReserveRequest(
    [property: Id(0)] string Id,
    [property: Id(1)] int ContractVersion,
    [property: Id(2)] long Records,
    [property: Id(3)] long Bytes,
    [property: Id(4)] long MoneyMicros,
    [property: Id(5)] long FirstRecords,
    [property: Id(6)] long FirstBytes,
    [property: Id(7)] long FirstMoneyMicros,
    [property: Id(8)] long Tokens = 0,
    [property: Id(9)] long FirstTokens = 0,
    [property: Id(10)] string? Tokenizer = null);

/// <summary>What was set aside, or why nothing was.</summary>
/// <param name="Refusal">CONTRACT_CHANGED, HELD, QUOTA_EXCEEDED, DEAL_NOT_ACTIVE…, or null.</param>
/// <param name="Records">Records set aside.</param>
/// <param name="Bytes">Bytes set aside.</param>
/// <param name="MoneyMicros">Money set aside.</param>
/// <param name="ValidUntil">The end of the contract or version, UTC.</param>
/// <param name="Limit">The limit that cut the amounts (<c>records/term</c>), or null.</param>
/// <param name="Tokens">Tokens set aside.</param>
[GenerateSerializer, Immutable]
public sealed record ReserveAnswer(
    [property: Id(0)] Refusal? Refusal,
    [property: Id(1)] long Records,
    [property: Id(2)] long Bytes,
    [property: Id(3)] long MoneyMicros,
    [property: Id(4)] DateTimeOffset ValidUntil,
    [property: Id(5)] string? Limit,
    [property: Id(6)] long Tokens = 0);

/// <summary>What became of a reservation.</summary>
/// <param name="Id">The reservation's id.</param>
/// <param name="Outcome">Posted, void, or credited.</param>
/// <param name="Records">Posted: what was released. Credited: everything that went back so far.</param>
/// <param name="Bytes">Likewise.</param>
/// <param name="MoneyMicros">Likewise.</param>
/// <param name="Tokens">Likewise.</param>
[GenerateSerializer, Immutable]
public readonly record struct ReservationSettlement(
    [property: Id(0)] string Id,
    [property: Id(1)] ReservationOutcome Outcome,
    [property: Id(2)] long Records,
    [property: Id(3)] long Bytes,
    [property: Id(4)] long MoneyMicros,
    [property: Id(5)] long Tokens = 0)
{
    /// <summary>Nothing was released, and nothing will be.</summary>
    public static ReservationSettlement VoidOf(string id) => new(id, ReservationOutcome.Voided, 0, 0, 0);
}

/// <summary>What became of a reservation.</summary>
public enum ReservationOutcome
{
    /// <summary>Released: charge the actual amounts, give the rest back.</summary>
    Posted = 1,

    /// <summary>Never released, and never will be: give all back.</summary>
    Voided = 2,

    /// <summary>Charged, and given back in part or whole: the total so far.</summary>
    Credited = 3,
}
