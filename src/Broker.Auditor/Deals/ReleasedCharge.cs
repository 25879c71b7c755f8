namespace Broker.Auditor.Deals;

/// <summary>A slice as a partition's log has it, for the comparison with its deal's log.</summary>
/// <param name="Log">The partition's log.</param>
/// <param name="Place">Where and when it was released.</param>
/// <param name="ContractVersion">Under which version.</param>
/// <param name="Charged">What it costs.</param>
/// <param name="Credited">What went back, in all.</param>
/// <param name="IsCreditSettled">Whether the deal is said to have booked that.</param>
internal sealed record ReleasedCharge(string Log, VerifiedPlace Place, int ContractVersion, Sum Charged, Sum Credited, bool IsCreditSettled);
