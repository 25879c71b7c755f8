using Broker.Storage.Sqlite;
using Npgsql;

namespace Broker.Storage.Postgres;

/// <summary>How a PostgreSQL database is reached.</summary>
/// <param name="ConnectionString">Npgsql's, e.g. <c>Host=db;Database=broker;Username=broker;Password=…</c>. Directly or through a
/// pooler of whole sessions: statements are prepared.</param>
public sealed record PostgresSettings(string ConnectionString)
{
    /// <summary>Most connections of this process, 1 to 1,000.</summary>
    public int ConnectionsMax { get; init; } = 32;

    /// <summary>Connections kept open when idle, 0 to <see cref="ConnectionsMax"/>.</summary>
    public int ConnectionsMin { get; init; } = 1;

    /// <summary>How long a statement may take before its outcome counts as unknown, 1 s to 5 min, whole seconds.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long opening a connection may take, 1 s to 1 min, whole seconds.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The string as the pool uses it.</summary>
    /// <exception cref="StoreRefusedException">It cannot be parsed, or names no host or database.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Another setting is out of its range; names it.</exception>
    internal NpgsqlConnectionStringBuilder ForPool()
    {
        Validate();
        var builder = Parse();
        builder.MaxPoolSize = ConnectionsMax;
        builder.MinPoolSize = ConnectionsMin;
        builder.CommandTimeout = (int)CommandTimeout.TotalSeconds;
        builder.Timeout = (int)ConnectTimeout.TotalSeconds;
        builder.MaxAutoPrepare = 64;
        builder.AutoPrepareMinUsages = 2;
        builder.NoResetOnClose = true; // No code here changes a session.
        builder.CancellationTimeout = -1; // A cancelled wait for a standby reports success: drop the connection instead of asking.
        builder.TcpKeepAlive = true;
        builder.IncludeErrorDetail = false; // Details quote rows.
        builder.ApplicationName ??= "broker";
        if (builder.Options?.Contains("synchronous_commit", StringComparison.OrdinalIgnoreCase) != true)
            builder.Options = $"{builder.Options} -c synchronous_commit=on".TrimStart();
        return builder;
    }

    /// <summary>The string as it was given, for one connection: what the server itself sets shows.</summary>
    /// <exception cref="StoreRefusedException">It cannot be parsed, or names no host or database.</exception>
    internal NpgsqlConnectionStringBuilder ForOne()
    {
        var builder = Parse();
        builder.Pooling = false;
        builder.Timeout = (int)ConnectTimeout.TotalSeconds;
        builder.CommandTimeout = (int)CommandTimeout.TotalSeconds;
        builder.ApplicationName ??= "broker";
        return builder;
    }

    /// <summary>Host, port and database, for messages: never the password.</summary>
    internal string Place
    {
        get
        {
            var builder = Parse();
            return $"PostgreSQL at {builder.Host}:{builder.Port}, database '{builder.Database}'";
        }
    }

    private NpgsqlConnectionStringBuilder Parse()
    {
        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = new NpgsqlConnectionStringBuilder(ConnectionString);
        }
        catch (Exception failure) when (failure is ArgumentException or FormatException or KeyNotFoundException or OverflowException)
        {
            throw new StoreRefusedException($"The PostgreSQL connection string cannot be read ({failure.Message}). Write it as 'Host=…;Database=…;Username=…;Password=…'.", failure);
        }

        if (string.IsNullOrWhiteSpace(builder.Host)) throw new StoreRefusedException("The PostgreSQL connection string names no host. Add 'Host=…'.");
        if (string.IsNullOrWhiteSpace(builder.Database)) throw new StoreRefusedException("The PostgreSQL connection string names no database. Add 'Database=…'.");
        return builder;
    }

    private void Validate()
    {
        InRange(ConnectionsMax, 1, 1_000, nameof(ConnectionsMax));
        InRange(ConnectionsMin, 0, ConnectionsMax, nameof(ConnectionsMin));
        InRange(CommandTimeout.TotalSeconds, 1, 300, nameof(CommandTimeout));
        InRange(ConnectTimeout.TotalSeconds, 1, 60, nameof(ConnectTimeout));
    }

    private static void InRange(double value, double min, double max, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, min, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, max, name);
    }
}
