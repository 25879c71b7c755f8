using Broker.Storage.Sqlite;
using Npgsql;

namespace Broker.Storage.Postgres;

/// <summary>What a failed statement means for what it asked for.</summary>
internal static class PostgresFailures
{
    /// <summary>Whether this is a failure of the database or of the way to it, and not a fault of this program.</summary>
    public static bool IsOfStore(Exception failure) =>
        failure is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException;

    /// <summary>Whether a statement that was sent and failed so may have been, or may yet be, committed.</summary>
    /// <remarks>An error that the server reports has undone the statement. What ends the session (a shutdown, a kill) or the
    /// connection, and a time-out, may have come after the commit.</remarks>
    public static bool IsOutcomeUnknown(Exception failure) =>
        failure is not PostgresException { InvariantSeverity: "ERROR", SqlState: not ("08007" or "40003") };

    /// <summary>The failure as the store's own.</summary>
    public static StoreWriteException AsWriteFailure(string place, Exception failure, bool sent) =>
        new($"{place} could not be written: {failure.Message}", sent && IsOutcomeUnknown(failure), failure);
}
