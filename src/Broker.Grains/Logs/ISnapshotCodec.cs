namespace Broker.Grains.Logs;

/// <summary>Turns a log's state into bytes and back, so that a replay can start from a snapshot.</summary>
/// <typeparam name="TState">The state.</typeparam>
public interface ISnapshotCodec<TState>
{
    /// <summary>Freezes the state. Runs on the grain's turn, where everybody waits for it: it shares what never changes, and copies
    /// the rest.</summary>
    /// <param name="state">The state; it goes on changing after this.</param>
    /// <returns>Encodes what was frozen: runs at most once, later, on any thread, beside the grain's turns.</returns>
    Func<ReadOnlyMemory<byte>> Freeze(TState state);

    /// <summary>The state that was frozen.</summary>
    /// <param name="bytes">What was encoded.</param>
    /// <param name="position">The log's entry that was the last in it.</param>
    /// <exception cref="InvalidDataException">The bytes are of another version, are damaged, or are of another position; the snapshot is
    /// then ignored, and the log replayed.</exception>
    TState Decode(ReadOnlyMemory<byte> bytes, long position);
}
