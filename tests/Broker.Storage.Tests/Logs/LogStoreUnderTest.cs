using Broker.Grains.Logs;

namespace Broker.Storage.Tests.Logs;

/// <summary>A log store with a disk of its own, and what can befall the two.</summary>
public abstract class LogStoreUnderTest : IAsyncDisposable
{
    /// <summary>The store, open.</summary>
    public abstract ILogStore Store { get; protected set; }

    /// <summary>Another process's store over the same data.</summary>
    public abstract ILogStore OpenSecond();

    /// <summary>Closes every store and opens one anew.</summary>
    public abstract Task ReopenAsync();

    /// <summary>The store's clock is set back, where a test can do that.</summary>
    public abstract void SetClockBack(TimeSpan by);

    /// <summary>The next commit fails; before or after it took effect.</summary>
    public abstract void BreakNextCommit(bool tookEffect);

    /// <summary>Nothing more fits.</summary>
    public abstract Task FillDiskAsync();

    /// <summary>The disk has room again.</summary>
    public abstract Task FreeDiskAsync();

    /// <summary>Flips one bit on disk behind the store's back.</summary>
    /// <param name="log">The log.</param>
    /// <param name="position">The entry.</param>
    /// <param name="part">What of it.</param>
    /// <param name="bit">Counted from the part's first byte's lowest bit; modulo the part's length.</param>
    public abstract Task FlipAsync(LogName log, long position, EntryPart part, int bit);

    /// <summary>Removes an entry behind the store's back.</summary>
    public abstract Task RemoveAsync(LogName log, long position);

    public abstract ValueTask DisposeAsync();
}

/// <summary>What an entry is made of on disk.</summary>
public enum EntryPart
{
    Payload = 1,
    Hash,
    DecidedAt,
    Fence,
}
