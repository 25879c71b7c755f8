using Broker.Grains.Keys;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>Chance that always says the same.</summary>
internal sealed class NoChance(byte value = 0) : IEntropy
{
    public void Fill(Span<byte> bytes) => bytes.Fill(value);
}
