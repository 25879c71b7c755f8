using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Broker.Gateway;

/// <summary>Lends the transport blocks of 64 KiB where Kestrel's own are of 4 KiB: a message of a pull is over a megabyte, and is copied, pinned and
/// handed to the kernel block by block. Pulls take a fifth to a third less processor time with it (docs/performance.md).</summary>
/// <remarks>What may lie unsent is bounded in bytes, and stays as it was; but whatever lies in a pipe, a byte too, holds a block: sixteen times the memory
/// for each connection and stream that is sending or being sent to just then. Idle ones hold none. Of blocks that came back the process keeps 64 MiB;
/// its shared arrays keep fewer than four streams fill at once, and what they do not keep is garbage.</remarks>
internal sealed class TransportBlocks : IMemoryPoolFactory<byte>
{
    private const int BlockBytes = 64 * 1024;
    private const int BlocksKept = 1_024;

    private static readonly ArrayPool<byte> Arrays = ArrayPool<byte>.Create(BlockBytes, BlocksKept);

    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Blocks();

    private sealed class Blocks : MemoryPool<byte>
    {
        public override int MaxBufferSize => BlockBytes;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
            return new Block(Arrays.Rent(BlockBytes));
        }

        protected override void Dispose(bool disposing)
        {
            // A block that is out returns to the arrays by itself.
        }
    }

    private sealed class Block(byte[] array) : IMemoryOwner<byte>
    {
        private byte[]? _array = array;

        public Memory<byte> Memory => Volatile.Read(ref _array) ?? throw new ObjectDisposedException(nameof(Block));

        public void Dispose()
        {
            // Once, whoever asks twice: an array that were returned twice would be two pipes' at once.
            if (Interlocked.Exchange(ref _array, null) is { } returned) Arrays.Return(returned);
        }
    }
}
