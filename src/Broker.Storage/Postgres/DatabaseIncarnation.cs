using Broker.Storage.Sqlite;

namespace Broker.Storage.Postgres;

/// <summary>Which incarnation of a database cluster this is: another system identifier is another server's data, another timeline a
/// restore or a failover.</summary>
/// <param name="SystemIdentifier">Drawn by initdb.</param>
/// <param name="Timeline">The timeline that is being written, from 1.</param>
public readonly record struct DatabaseIncarnation(string SystemIdentifier, int Timeline)
{
    /// <summary>The expression that yields <see cref="ToString"/>. The control file's own timeline is that of the last checkpoint
    /// and lags behind a promotion; the name of the file that is being written does not.</summary>
    internal const string Sql = "(SELECT system_identifier FROM pg_control_system()) || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";

    /// <summary>The expression that yields the run: with the incarnation, the file in which the logs' heads lie (of the database, and of the table as it
    /// was last put in place) and the server's start. A restored copy of the volume, or of the table, is of the same incarnation, and its
    /// fences and positions are those of before.</summary>
    internal const string RunSql =
        $"{Sql} || '/' || pg_relation_filepath('logs') || '/' || extract(epoch FROM pg_postmaster_start_time())";

    /// <summary>Asks the database.</summary>
    /// <exception cref="StoreRefusedException">It does not answer.</exception>
    public static Task<DatabaseIncarnation> ReadAsync(PostgresSettings settings, CancellationToken cancellationToken) =>
        PostgresChecks.OnOneConnectionAsync(settings, async connection =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT {Sql}";
            return Parse((string)(await command.ExecuteScalarAsync(cancellationToken))!);
        }, cancellationToken);

    /// <summary>As a log's mark carries it: identifier, slash, timeline as eight hexadecimal digits.</summary>
    public override string ToString() => $"{SystemIdentifier}/{Timeline:X8}";

    internal static DatabaseIncarnation Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return new(text[..slash], Convert.ToInt32(text[(slash + 1)..], 16));
    }
}
