using System.Buffers;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>A transport that hands out as little as it may.</summary>
internal sealed class SmallPieces : IBufferWriter<byte>
{
    private byte[] _piece = [];

    public List<byte> Written { get; } = [];

    public void Advance(int count) => Written.AddRange(_piece.AsSpan(0, count));

    public Memory<byte> GetMemory(int sizeHint = 0) => _piece = new byte[Math.Max(sizeHint, 7)];

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
}
