using Broker.Domain.Deals;
using Broker.Domain.Recalls;
using Broker.Grains.Deals;

namespace Broker.Grains.Partitions;

/// <summary>What deals ask of a partition. The partition's grain implements it; key: <see cref="PartitionKeys.Of"/>.</summary>
public interface IPartitionDealPort : IGrainWithStringKey
{
    /// <summary>Voids what is reserved and not released, revokes what is not sent, recalls what the order says, and answers when
    /// nothing of the deal can be sent any more. Repeats are safe.</summary>
    [ResponseTimeout("00:01:00")]
    Task<IReadOnlyList<ReservationSettlement>> RevokeAsync(RevokeOrder order);

    /// <summary>Says what became of reservations: released ones with their actual amounts; the others are voided here for good.</summary>
    Task<IReadOnlyList<ReservationSettlement>> ResolveAsync(string deal, IReadOnlyList<string> reservationIds);
}

/// <summary>A deal stops or narrows.</summary>
/// <param name="Deal">The deal's id.</param>
/// <param name="ReservationIds">What the deal has pending in this partition.</param>
/// <param name="Cause">Why what was delivered is recalled, or null when it is not (a suspension).</param>
/// <param name="Partner">The partner's id.</param>
/// <param name="ContractVersion">The narrower version in force from now on; 0 when the terms stay.</param>
/// <param name="Terms">Its terms, or null.</param>
[GenerateSerializer, Immutable]
public sealed record RevokeOrder(
    [property: Id(0)] string Deal,
    [property: Id(1)] IReadOnlyList<string> ReservationIds,
    [property: Id(2)] RecallCause? Cause,
    [property: Id(3)] string Partner,
    [property: Id(4)] int ContractVersion,
    [property: Id(5)] ContractTerms? Terms);
