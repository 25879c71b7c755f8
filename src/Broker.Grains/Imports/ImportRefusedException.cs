using Broker.Domain;

namespace Broker.Grains.Imports;

/// <summary>A partition refused its part of an import; importing again completes it.</summary>
public sealed class ImportRefusedException(Refusal refusal) : Exception(refusal.Message)
{
    /// <summary>Why.</summary>
    public Refusal Refusal { get; } = refusal;
}
