using Broker.Storage.Sqlite;

namespace Broker.Storage.Objects;

/// <summary>What a node makes sure of before it starts: that its object store works, and is its cluster's own and no other's.</summary>
/// <remarks>A cluster claims its store once, when its database is migrated, by an object named after itself; each node then wants to find that
/// claim and no other. So a directory that is not the shared one (not mounted, of this machine only), another bucket, and a prefix that
/// two clusters would share are found out at the start. Claims are objects of their own: of two clusters that claim at once at least one sees the other.</remarks>
public static class ObjectStoreStart
{
    private const string Claims = "cluster/";
    private const string Probes = "probes/";

    /// <summary>Puts, reads, lists and deletes an object.</summary>
    /// <exception cref="StoreRefusedException">One of that failed; the message says what to do.</exception>
    public static Task CheckAsync(IObjectStore store, CancellationToken cancellationToken) => TryAsync(store, async () =>
    {
        var (key, content) = (new ObjectKey($"{Probes}{Guid.NewGuid():N}"), Guid.NewGuid().ToByteArray());
        await store.PutAsync(key, content, PutMode.Replace, cancellationToken);
        var isRead = (await store.GetAsync(key, cancellationToken))?.SequenceEqual(content) == true;
        var isListed = await store.ListAsync(Probes, cancellationToken).AnyAsync(info => info.Key == key, cancellationToken);
        await store.DeleteAsync(key, cancellationToken);
        var isGone = await store.StatAsync(key, cancellationToken) is null;
        if (!isRead || !isListed || !isGone)
            throw Refused(store, $"an object that was put was {(isRead ? "" : "not ")}read back, {(isListed ? "" : "not ")}listed and {(isGone ? "" : "not ")}deleted. It must show at once what was done.");
    });

    /// <summary>Claims the store for a cluster, for good; again by the same cluster is no error.</summary>
    /// <param name="store">The whole store, not a part of it.</param>
    /// <param name="cluster">The id of the cluster, unlike any other cluster's: 1 to 200 letters, digits, <c>-</c>, <c>_</c> and <c>.</c>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="StoreRefusedException">Another cluster has claimed it, or it does not work.</exception>
    public static Task ClaimAsync(IObjectStore store, string cluster, CancellationToken cancellationToken) => TryAsync(store, async () =>
    {
        var claim = ClaimOf(cluster);
        RefuseOthers(store, await ClaimsAsync(store, cancellationToken), cluster);
        var isNew = await store.PutAsync(claim, [], PutMode.IfAbsent, cancellationToken);
        var claims = await ClaimsAsync(store, cancellationToken);
        // Both that claimed at once may give way here; either may try again.
        if (isNew && claims.Any(other => other != cluster)) await store.DeleteAsync(claim, cancellationToken);
        RefuseOthers(store, claims, cluster);
    });

    /// <summary>Makes sure that a cluster has claimed the store, and no other has.</summary>
    /// <param name="store">The whole store, not a part of it.</param>
    /// <param name="cluster">The id of the cluster.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="StoreRefusedException">It has not, or another has, or the store does not work.</exception>
    public static Task VerifyClaimAsync(IObjectStore store, string cluster, CancellationToken cancellationToken) => TryAsync(store, async () =>
    {
        var claims = await ClaimsAsync(store, cancellationToken);
        RefuseOthers(store, claims, cluster);
        if (!claims.Contains(ClaimOf(cluster).Name))
            throw Refused(store, "this cluster has never claimed it. Is it the one that the cluster's other nodes use (is a shared directory mounted here)? If it is new, run `broker cluster migrate` with it.");
    });

    private static ObjectKey ClaimOf(string cluster) => cluster.Contains('/')
        ? throw new ArgumentException($"'{cluster}' cannot name a claim.", nameof(cluster))
        : new ObjectKey(Claims + cluster);

    private static ValueTask<List<string>> ClaimsAsync(IObjectStore store, CancellationToken cancellationToken) =>
        store.ListAsync(Claims, cancellationToken).Select(info => info.Key.Name).ToListAsync(cancellationToken);

    private static void RefuseOthers(IObjectStore store, List<string> claims, string cluster)
    {
        if (claims.Find(other => other != cluster) is { } owner)
            throw Refused(store, $"it belongs to the cluster {owner}. Give each cluster a directory, a bucket or a prefix of its own.");
    }

    private static async Task TryAsync(IObjectStore store, Func<Task> attempt)
    {
        try
        {
            await attempt();
        }
        catch (ObjectStoreException failure)
        {
            throw new StoreRefusedException($"The object store does not work. {failure.Message}", failure);
        }
    }

    private static StoreRefusedException Refused(IObjectStore store, string why) => new($"The object store, {store.Description}, cannot be used: {why}");
}
