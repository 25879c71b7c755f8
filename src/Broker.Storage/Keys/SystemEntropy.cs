using System.Security.Cryptography;
using Broker.Grains.Keys;

namespace Broker.Storage.Keys;

/// <summary>Randomness from the operating system.</summary>
public sealed class SystemEntropy : IEntropy
{
    /// <inheritdoc/>
    public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
