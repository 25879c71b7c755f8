using System.Text.Json;
using System.Collections.Concurrent;

namespace Broker.Faults.Load;

/// <summary>What the callers were told, and when: written by the clients, not by the cluster. Times are the machine's monotonic clock.</summary>
internal sealed class Book
{
    private long _calls;
    private long _unknown;

    /// <summary>Decisions that were acknowledged, in the order of each user's calls.</summary>
    public ConcurrentQueue<Decision> Decisions { get; } = new();

    /// <summary>Stops of deals that were acknowledged.</summary>
    public ConcurrentQueue<Stop> Stops { get; } = new();

    /// <summary>Imports that were acknowledged: what they held.</summary>
    public ConcurrentQueue<Imported> Imports { get; } = new();

    /// <summary>Calls that were answered for good.</summary>
    public long Calls => Interlocked.Read(ref _calls);

    /// <summary>Tries whose outcome nobody knew; each was repeated under its id until it was answered.</summary>
    public long Unknown => Interlocked.Read(ref _unknown);

    /// <summary>A call was answered.</summary>
    public void Answered() => Interlocked.Increment(ref _calls);

    /// <summary>A try's outcome is unknown.</summary>
    public void Unanswered() => Interlocked.Increment(ref _unknown);

    /// <summary>Writes the decisions and stops down, a line each, for whoever looks into a violation.</summary>
    public void Save(string path) => File.WriteAllLines(path, Decisions.Select(decision => JsonSerializer.Serialize(decision)).Concat(Stops.Select(stop => JsonSerializer.Serialize(stop))));

    /// <summary>A user's decision.</summary>
    /// <param name="User">Who.</param>
    /// <param name="IsGrant">Granted, or withdrawn.</param>
    /// <param name="StartedAt">When it was first sent.</param>
    /// <param name="AckAt">When it was acknowledged.</param>
    internal sealed record Decision(string User, bool IsGrant, long StartedAt, long AckAt);

    /// <summary>A suspension or a resumption.</summary>
    internal sealed record Stop(string Deal, bool IsSuspended, long StartedAt, long AckAt);

    /// <summary>An import: ids and authors.</summary>
    internal sealed record Imported(IReadOnlyList<(string Id, string Author)> Records);
}
