using Broker.Storage.Sqlite;

namespace Broker.Storage.Logs;

/// <summary>The file <c>logs.db</c>: the logs, and beside them the small states of grains.</summary>
public static class LogsDatabase
{
    private const string Initial =
        """
        CREATE TABLE logs (
            log_id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            fence INTEGER NOT NULL,
            last_position INTEGER NOT NULL,
            last_hash BLOB NOT NULL
        ) STRICT;
        -- An entry's key is log_id × 2^40 + position: each log's entries lie together, in order.
        CREATE TABLE entries (
            entry_key INTEGER PRIMARY KEY,
            fence INTEGER NOT NULL,
            decided_at INTEGER NOT NULL,
            payload BLOB NOT NULL,
            hash BLOB NOT NULL
        ) STRICT;
        -- A cleared state keeps its row, so that versions never repeat.
        CREATE TABLE grain_states (
            grain_id TEXT NOT NULL,
            state_name TEXT NOT NULL,
            version INTEGER NOT NULL,
            payload BLOB,
            PRIMARY KEY (grain_id, state_name)
        ) STRICT, WITHOUT ROWID;
        """;

    private static readonly SqliteSchema Schema = new("logs", [Initial]);

    /// <summary>Opens the file, or makes it.</summary>
    /// <exception cref="StoreRefusedException">It does not flush, is newer than this program, or is not such a file.</exception>
    public static SqliteDatabase Open(SqliteSettings settings) => SqliteDatabase.Open(settings, Schema);
}
