namespace Broker.Domain.Deals;

/// <summary>A version of a deal's contract and its way into force.</summary>
/// <param name="Version">From 1.</param>
/// <param name="Terms">The terms.</param>
/// <param name="EffectiveAt">From when it is to hold, UTC.</param>
/// <param name="ProposedBy">Who proposed it.</param>
/// <param name="ApprovedBy">Who approved it; empty until then.</param>
public sealed record ContractVersion(int Version, ContractTerms Terms, DateTimeOffset EffectiveAt, string ProposedBy, string ApprovedBy);
