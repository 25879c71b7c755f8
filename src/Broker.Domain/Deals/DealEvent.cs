namespace Broker.Domain.Deals;

/// <summary>A fact in a deal's log. Everything about one contract's money and quota, in one total order.</summary>
public abstract record DealEvent;

/// <summary>The deal's first entry.</summary>
/// <param name="Partner">The partner's id.</param>
/// <param name="Terms">Version 1 of the contract.</param>
/// <param name="By">Who proposed it.</param>
public sealed record DealProposed(string Partner, ContractTerms Terms, string By) : DealEvent;

/// <summary>Another person than the proposer approved it.</summary>
public sealed record DealApproved(string By) : DealEvent;

/// <summary>The term has begun.</summary>
public sealed record DealActivated : DealEvent;

/// <summary>A new version was proposed.</summary>
/// <param name="Version">Its number.</param>
/// <param name="Terms">Its terms.</param>
/// <param name="EffectiveAt">From when it holds, UTC.</param>
/// <param name="By">Who proposed it.</param>
public sealed record AmendmentProposed(int Version, ContractTerms Terms, DateTimeOffset EffectiveAt, string By) : DealEvent;

/// <summary>Another person than the amendment's proposer approved it.</summary>
public sealed record AmendmentApproved(int Version, string By) : DealEvent;

/// <summary>An approved amendment's time has come.</summary>
public sealed record VersionInForce(int Version) : DealEvent;

/// <summary>Nothing is reserved any more until it is resumed.</summary>
public sealed record DealSuspended(string Reason, string By) : DealEvent;

/// <summary>A suspended deal goes on.</summary>
public sealed record DealResumed(string By) : DealEvent;

/// <summary>The term is over.</summary>
public sealed record DealExpired : DealEvent;

/// <summary>The deal was ended before its term.</summary>
public sealed record DealTerminated(string Reason, string By) : DealEvent;

/// <summary>Every partition has answered that nothing which the entry at that position stopped can be sent any more.</summary>
public sealed record RevocationCompleted(long Position) : DealEvent;

/// <summary>Amounts were set aside for one slice.</summary>
/// <param name="Id">The reservation's id.</param>
/// <param name="ContractVersion">The version in force.</param>
/// <param name="Asked">What was asked for.</param>
/// <param name="First">The first record's amounts.</param>
/// <param name="Allowance">What is set aside.</param>
/// <param name="Limit">The limit that cut it (<c>records/term</c>), or empty.</param>
/// <param name="ValidUntil">The end of the contract or version, UTC.</param>
/// <param name="Day">The day that it counts for, in the contract's zone: <c>2026-11-24</c>.</param>
/// <param name="Month">The month that it counts for: <c>2026-11</c>.</param>
public sealed record Reserved(
    string Id, int ContractVersion, Amounts Asked, Amounts First, Amounts Allowance, string Limit, DateTimeOffset ValidUntil, string Day, string Month) : DealEvent;

/// <summary>A reservation was used: charged with the actual amounts, the rest goes back.</summary>
public sealed record Posted(string Id, Amounts Actual) : DealEvent;

/// <summary>A reservation was not used, and never will be: all of it goes back.</summary>
public sealed record Voided(string Id) : DealEvent;

/// <summary>What was charged went back, in part or whole.</summary>
/// <param name="Id">The reservation's id.</param>
/// <param name="Total">Everything credited for it so far; never less than before.</param>
public sealed record Credited(string Id, Amounts Total) : DealEvent;
