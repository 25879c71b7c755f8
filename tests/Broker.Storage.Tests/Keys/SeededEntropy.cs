using Broker.Grains.Keys;

namespace Broker.Storage.Tests.Keys;

/// <summary>The same bytes in every run. Not thread-safe: the store asks on its writer's thread.</summary>
internal sealed class SeededEntropy(int seed) : IEntropy
{
    private readonly Random _random = new(seed);

    public void Fill(Span<byte> bytes) => _random.NextBytes(bytes);
}
