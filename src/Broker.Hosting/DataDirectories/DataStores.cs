using Broker.Gateway.Identity;
using Broker.Storage.Keys;
using Broker.Storage.Logs;
using Broker.Storage.Sqlite;

namespace Broker.Hosting.DataDirectories;

/// <summary>What a node keeps, opened: whatever cannot be used is found here, before anything listens.</summary>
internal sealed class DataStores : IAsyncDisposable
{
    private readonly DataDirectory _directory;

    private DataStores(DataDirectory directory, SqliteDatabase logs, SqliteUserKeyStore keys, EmbeddedIdentity identity) =>
        (_directory, Logs, Keys, Identity) = (directory, logs, keys, identity);

    public DataDirectory Directory => _directory;

    public SqliteDatabase Logs { get; }

    public SqliteUserKeyStore Keys { get; }

    public EmbeddedIdentity Identity { get; }

    /// <exception cref="NodeStartException">The directory is held, or a file in it is not what it should be.</exception>
    public static async Task<DataStores> OpenAsync(string path, TimeProvider time)
    {
        var directory = DataDirectory.Take(path);
        SqliteDatabase? logs = null;
        SqliteUserKeyStore? keys = null;
        try
        {
            logs = LogsDatabase.Open(new SqliteSettings(directory.LogsFile));
            keys = SqliteUserKeyStore.Open(new SqliteSettings(directory.KeysFile), new SystemEntropy());
            return new DataStores(directory, logs, keys, EmbeddedIdentity.Open(directory.IdentityDirectory, time));
        }
        catch (Exception failure)
        {
            if (keys is not null) await keys.DisposeAsync();
            if (logs is not null) await logs.DisposeAsync();
            directory.Dispose();
            if (failure is StoreRefusedException or IdentityException or IOException or UnauthorizedAccessException) throw new NodeStartException(failure.Message, failure);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Identity.Dispose();
        await Keys.DisposeAsync();
        await Logs.DisposeAsync();
        _directory.Dispose();
    }
}
