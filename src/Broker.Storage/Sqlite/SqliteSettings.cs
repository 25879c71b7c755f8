namespace Broker.Storage.Sqlite;

/// <summary>How a database file is opened.</summary>
/// <param name="Path">The file; made where it is missing, in a directory that exists.</param>
public sealed record SqliteSettings(string Path)
{
    /// <summary>When SQLite flushes; anything below <see cref="SqliteSynchronous.Full"/> is refused at start.</summary>
    public SqliteSynchronous Synchronous { get; init; } = SqliteSynchronous.Full;

    /// <summary>How long a statement waits for another connection's lock.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most pages (of 4 KiB) that the file may have, or null for SQLite's own limit; beyond, writes fail as on a full disk.</summary>
    public long? PagesMax { get; init; }

    /// <summary>Pages in the write-ahead log before it is copied into the file; 0 never. SQLite's own default is 1000.</summary>
    public int CheckpointEveryPages { get; init; } = 4000;

    /// <summary>Whether deleted content is overwritten with zeros and no temporary file is written. What SQLite moved to another
    /// page earlier is not covered: rows that must vanish are added in order and keep their size.</summary>
    public bool SecureDelete { get; init; }

    /// <summary>Whether only the file's owner may read it (mode 600, where the system has modes).</summary>
    public bool OwnerOnly { get; init; }

    /// <summary>Writes that may wait before callers wait to hand theirs in, 1 to 100,000.</summary>
    public int QueueMax { get; init; } = 4096;

    /// <summary>Writes in one transaction, 1 to 10,000.</summary>
    public int TransactionJobsMax { get; init; } = 512;
}

/// <summary>SQLite's <c>synchronous</c> levels.</summary>
public enum SqliteSynchronous
{
    /// <summary>Never flushes.</summary>
    Off = 0,

    /// <summary>Flushes at checkpoints only: an acknowledged commit may be lost.</summary>
    Normal = 1,

    /// <summary>Flushes at each commit.</summary>
    Full = 2,

    /// <summary>As <see cref="Full"/>, and the directory after a rollback journal is deleted.</summary>
    Extra = 3,
}
