using Broker.Domain.Deals;

namespace Broker.Domain.Releases;

/// <summary>What goes back to a deal for one slice, in all: a later, larger total replaces an earlier one.</summary>
/// <param name="ReservationId">The slice's reservation.</param>
/// <param name="Charged">What was charged for it.</param>
/// <param name="Total">Everything credited for the slice so far.</param>
public sealed record SliceCredit(string ReservationId, Amounts Charged, Amounts Total);
