using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Broker.Gateway;

/// <summary>Lends the transport blocks of 64 KiB where Kestrel's own are of 4 KiB: a message of a pull is over a megabyte, and is copied, pinned and
/// handed to the kernel block by block. Pulls take a tenth to a sixth less processor time with it (docs/performance.md).</summary>
/// <remarks>What may lie unsent is bounded in bytes, and stays as it was; but whatever lies in a pipe, a byte too, holds a block: sixteen times the memory
/// for each connection and stream that is sending or being sent to just then. Idle ones hold none. The arrays are the process's shared ones, which the
/// collector trims.</remarks>
internal sealed class TransportBlocks : IMemoryPoolFactory<byte>
{
    private const int BlockBytes = 64 * 1024;

    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Blocks();

    private sealed class Blocks : MemoryPool<byte>
    {
        public override int MaxBufferSize => BlockBytes;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
            return Shared.Rent(BlockBytes);
        }

        protected override void Dispose(bool disposing)
        {
            // A block that is out returns to the shared arrays by itself.
        }
    }
}
