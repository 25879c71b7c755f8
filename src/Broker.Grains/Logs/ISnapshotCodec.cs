namespace Broker.Grains.Logs;

/// <summary>Turns a log's state into bytes and back, so that a replay can start from a snapshot.</summary>
/// <typeparam name="TState">The state.</typeparam>
public interface ISnapshotCodec<TState>
{
    /// <summary>The state's bytes. Runs on the grain's turn: the state must not be kept.</summary>
    ReadOnlyMemory<byte> Encode(TState state);

    /// <summary>The state that <see cref="Encode"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are of another version; the snapshot is then ignored.</exception>
    TState Decode(ReadOnlyMemory<byte> bytes);
}
