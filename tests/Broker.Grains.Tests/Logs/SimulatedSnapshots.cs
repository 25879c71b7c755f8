using Broker.Grains.Logs;

namespace Broker.Grains.Tests.Logs;

/// <summary>Snapshots in memory. It verifies that each is of what is on disk; where told so, it fails or forgets.</summary>
internal sealed class SimulatedSnapshots(SimulatedDisk disk, Func<bool> fails) : ISnapshotStore
{
    private readonly List<PublishedSnapshot> _published = [];

    public int Count => _published.Count;

    public Task PublishAsync(LogName log, long position, ReadOnlyMemory<byte> hash, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Assert.InRange(position, 1, disk.Entries.Count);
        Assert.Equal(disk.Entries[(int)position - 1].Hash.ToArray(), hash.ToArray());
        if (fails()) return Task.FromException(new IOException("No room for a snapshot."));
        _published.Add(new(position, hash, bytes));
        return Task.CompletedTask;
    }

    public Task<PublishedSnapshot?> LatestAsync(LogName log, CancellationToken cancellationToken)
    {
        if (fails()) return Task.FromException<PublishedSnapshot?>(new IOException("The snapshot cannot be read."));
        if (fails()) return Task.FromResult(_published.FirstOrDefault());
        return Task.FromResult(_published.MaxBy(snapshot => snapshot.Position));
    }
}
