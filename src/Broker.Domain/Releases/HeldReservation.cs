using Broker.Domain.Deals;

namespace Broker.Domain.Releases;

/// <summary>What a deal set aside for one slice.</summary>
/// <param name="Id">The reservation's id.</param>
/// <param name="ContractVersion">The version that it was made under.</param>
/// <param name="Allowance">The most that may be released, each amount on its own.</param>
/// <param name="ValidUntil">The end of the contract or version, UTC; a release is refused from a second before it.</param>
public sealed record HeldReservation(string Id, int ContractVersion, Amounts Allowance, DateTimeOffset ValidUntil);
