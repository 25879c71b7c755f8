namespace Broker.Domain.Consents;

/// <summary>The regime of one jurisdiction.</summary>
/// <param name="Jurisdiction">ISO 3166 code (<c>IE</c>, <c>US-CA</c>) or a platform's region (<c>EU</c>), upper case; empty for the default rule.</param>
/// <param name="Regime">The regime.</param>
/// <param name="NoticeDays">Days that a notice runs under <see cref="Regime.OptOut"/>: 1 to 3,650; 0 otherwise.</param>
public sealed record JurisdictionRule(string Jurisdiction, Regime Regime, int NoticeDays);
