namespace Broker.Storage.Sqlite;

/// <summary>What a database file holds.</summary>
/// <param name="Kind">What the file is for; a file of another kind is refused.</param>
/// <param name="Migrations">Statements that lead from version n to n + 1; only ever appended to.</param>
internal sealed record SqliteSchema(string Kind, IReadOnlyList<string> Migrations)
{
    /// <summary>The version that this program knows.</summary>
    public int Version => Migrations.Count;

    /// <summary>Brings the file to this version, in one transaction.</summary>
    /// <exception cref="StoreRefusedException">The file is of another kind, or newer.</exception>
    public void Apply(SqliteSession session, string path)
    {
        session.Execute("BEGIN IMMEDIATE");
        session.Execute("CREATE TABLE IF NOT EXISTS broker_schema (kind TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL) STRICT");
        var version = ReadVersion(session, path);
        for (var next = version; next < Version; next++) session.Execute(Migrations[next]);
        session.Execute("INSERT INTO broker_schema VALUES ($1, $2) ON CONFLICT (kind) DO UPDATE SET version = excluded.version", Kind, Version);
        session.Execute("COMMIT");
    }

    private int ReadVersion(SqliteSession session, string path)
    {
        using var row = session.Query("SELECT kind, version FROM broker_schema");
        if (!row.Read()) return 0;
        var (kind, version) = (row.GetString(0), row.GetInt32(1));
        if (kind != Kind) throw new StoreRefusedException($"{path} holds '{kind}', not '{Kind}'. Was a file renamed?");
        if (version > Version)
            throw new StoreRefusedException($"{path} was written by a newer version of Broker (schema {version}; this one knows {Version}). Start that version, or restore an older backup.");
        return version;
    }
}
