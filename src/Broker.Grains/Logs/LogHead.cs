namespace Broker.Grains.Logs;

/// <summary>Where a log stands right after it was taken over.</summary>
/// <param name="Fence">The fence that the taker now holds; 1 for the first.</param>
/// <param name="LastPosition">Position of the last entry; 0 when the log is empty.</param>
/// <param name="LastHash">Hash of the last entry (32 bytes; zeros when the log is empty).</param>
/// <param name="StoreTime">The store's clock, UTC.</param>
public sealed record LogHead(long Fence, long LastPosition, ReadOnlyMemory<byte> LastHash, DateTimeOffset StoreTime)
{
    /// <summary>Which incarnation of the store this is: it changes when the database is restored or fails over (PostgreSQL: system
    /// identifier and timeline). Empty for a store that cannot tell. At most 100 characters.</summary>
    public string Store { get; init; } = "";

    /// <summary>Which run of the store this is: it changes with <see cref="Store"/>, and also where the database was restarted or put in place
    /// anew, as every restore has to. Appends carry it; marks never do. Empty for a store that cannot tell.</summary>
    public string Run { get; init; } = "";
}
