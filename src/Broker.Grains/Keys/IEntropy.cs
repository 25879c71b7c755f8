namespace Broker.Grains.Keys;

/// <summary>The port to randomness that nobody can foresee.</summary>
public interface IEntropy
{
    /// <summary>Fills the bytes.</summary>
    void Fill(Span<byte> bytes);
}
