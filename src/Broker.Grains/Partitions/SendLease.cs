using Broker.Domain;
using Broker.Domain.Releases;
using Broker.Grains.Pulls;

namespace Broker.Grains.Partitions;

/// <summary>One slice that a gateway may be sending.</summary>
/// <param name="Deal">The deal's id.</param>
/// <param name="Slice">The slice.</param>
/// <param name="StreamId">The stream that sends it.</param>
/// <param name="Users">The users that it may hold.</param>
internal sealed record SendLease(string Deal, SliceName Slice, string StreamId, UserRun Users)
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Monotonic timestamp at which it runs out; null while its release is not durable and nobody holds it.</summary>
    public long? ExpiresAt { get; set; }

    /// <summary>Whether it must not be renewed, nor begin.</summary>
    public bool IsRevoked { get; set; }

    /// <summary>Done when the gateway has said what became of the slice, or will never get it.</summary>
    public Task Settled => _settled.Task;

    /// <summary>The users of a slice.</summary>
    public static UserRun UsersOf(PullCursor from, PullCursor to) => new(from.NextUser, to.User);

    public void Settle() => _settled.TrySetResult();
}
