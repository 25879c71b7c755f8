using Broker.Domain;
using Broker.Domain.Deals;
using Broker.Grains.Restores;

namespace Broker.Grains.Deals;

/// <summary>A licensing contract and its quota. Key: <c>{platform}/{deal}</c>.</summary>
/// <remarks>Every answer is durable. A command with a request id is carried out once: a repeat is answered as it was, the same id
/// with another body is refused.</remarks>
public interface IDealGrain : IRestoredLog
{
    /// <summary>Proposes the deal.</summary>
    Task<DealAnswer> ProposeAsync(string partner, ContractTerms terms, Caller caller);

    /// <summary>Approves the deal; by another person than the proposer.</summary>
    Task<DealAnswer> ApproveAsync(Caller caller);

    /// <summary>Proposes a new version of the contract.</summary>
    Task<DealAnswer> AmendAsync(ContractTerms terms, DateTimeOffset effectiveAt, Caller caller);

    /// <summary>Approves it; answered, where it narrows and is in force at once, after the barrier.</summary>
    [ResponseTimeout("00:01:00")]
    Task<DealAnswer> ApproveAmendmentAsync(int version, Caller caller);

    /// <summary>Suspends the deal; answered when nothing of it can be sent any more.</summary>
    [ResponseTimeout("00:01:00")]
    Task<DealAnswer> SuspendAsync(string reason, Caller caller);

    /// <summary>Resumes it.</summary>
    Task<DealAnswer> ResumeAsync(Caller caller);

    /// <summary>Ends it for good; answered when nothing of it can be sent any more.</summary>
    [ResponseTimeout("00:01:00")]
    Task<DealAnswer> TerminateAsync(string reason, Caller caller);

    /// <summary>The deal, or null.</summary>
    Task<DealView?> GetAsync();

    /// <summary>How much of the quota is used, or null where there is no such deal.</summary>
    Task<DealUsage?> GetUsageAsync();
}

/// <summary>Who calls, and under which request id.</summary>
/// <param name="Subject">The subject of the caller's credential.</param>
/// <param name="RequestId">UUID, or empty for none (AIP-155).</param>
/// <param name="BodyDigest">SHA-256 of the request without its id.</param>
[GenerateSerializer, Immutable]
public readonly record struct Caller(
    [property: Id(0)] string Subject,
    [property: Id(1)] string RequestId,
    [property: Id(2)] byte[] BodyDigest);

/// <summary>The deal after a command, or why nothing was done.</summary>
[GenerateSerializer, Immutable]
public sealed record DealAnswer([property: Id(0)] DealView? Deal, [property: Id(1)] Refusal? Refusal);

/// <summary>A deal.</summary>
/// <param name="Partner">The partner's id.</param>
/// <param name="Life">Where it is in its life.</param>
/// <param name="LifeReason">Why it was suspended or terminated.</param>
/// <param name="Contract">The version in force, or to be.</param>
/// <param name="Amendment">The newest version that is not in force, or null.</param>
/// <param name="ProposedAt">When it was proposed, UTC.</param>
/// <param name="Partitions">The partitions that ever reserved from it.</param>
[GenerateSerializer, Immutable]
public sealed record DealView(
    [property: Id(0)] string Partner,
    [property: Id(1)] DealLife Life,
    [property: Id(2)] string LifeReason,
    [property: Id(3)] ContractVersion Contract,
    [property: Id(4)] ContractVersion? Amendment,
    [property: Id(5)] DateTimeOffset ProposedAt,
    [property: Id(6)] int[] Partitions);

/// <summary>How much of a deal's quota is used.</summary>
/// <param name="Life">Where it is in its life.</param>
/// <param name="ContractVersion">The version in force.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="ReadAt">As of when, UTC.</param>
/// <param name="Limits">Each limit and its use.</param>
/// <param name="Posted">Charged in the term, less credits.</param>
/// <param name="Reserved">Set aside now.</param>
/// <param name="Credited">Given back in the term.</param>
[GenerateSerializer, Immutable]
public sealed record DealUsage(
    [property: Id(0)] DealLife Life,
    [property: Id(1)] int ContractVersion,
    [property: Id(2)] string Currency,
    [property: Id(3)] DateTimeOffset ReadAt,
    [property: Id(4)] IReadOnlyList<LimitUsage> Limits,
    [property: Id(5)] Amounts Posted,
    [property: Id(6)] Amounts Reserved,
    [property: Id(7)] Amounts Credited);

/// <summary>A limit and its use in the period that is running.</summary>
[GenerateSerializer, Immutable]
public sealed record LimitUsage([property: Id(0)] QuotaLimit Limit, [property: Id(1)] long Posted, [property: Id(2)] long Reserved);
