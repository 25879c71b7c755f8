using System.Globalization;
using Broker.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Orleans.Storage;

namespace Broker.Storage.GrainStorage;

/// <summary>Small states of grains beside the logs. A write names the version that it replaces; a lost race, the first
/// write's included, is an <see cref="InconsistentStateException"/>.</summary>
/// <param name="database">Opened by <see cref="Logs.LogsDatabase.Open"/>.</param>
/// <param name="serializer">States to bytes and back.</param>
public sealed class SqliteGrainStorage(SqliteDatabase database, IGrainStorageSerializer serializer) : IGrainStorage
{
    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var (version, payload) = await database.ReadAsync(session => Read(session, stateName, grainId), CancellationToken.None);
        grainState.ETag = TagOf(version);
        grainState.RecordExists = payload is not null;
        grainState.State = payload is null ? NewState<T>() : serializer.Deserialize<T>(new BinaryData(payload));
    }

    /// <inheritdoc/>
    /// <exception cref="InconsistentStateException">Another write came first; read again.</exception>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var payload = serializer.Serialize(grainState.State).ToArray();
        grainState.ETag = await ReplaceAsync(stateName, grainId, grainState.ETag, payload);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    /// <exception cref="InconsistentStateException">Another write came first; read again.</exception>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        grainState.ETag = await ReplaceAsync(stateName, grainId, grainState.ETag, DBNull.Value);
        grainState.RecordExists = false;
        grainState.State = NewState<T>();
    }

    private async Task<string> ReplaceAsync(string stateName, GrainId grainId, string? tag, object payload)
    {
        var version = VersionOf(tag);
        try
        {
            return await database.WriteAsync(session => Replace(session, stateName, grainId, version, payload), CancellationToken.None);
        }
        catch (StoreWriteException failure) when (failure is { OutcomeUnknown: false, InnerException: SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_CONSTRAINT } })
        {
            throw Lost(stateName, grainId, tag, failure);
        }
    }

    private static string Replace(SqliteSession session, string stateName, GrainId grainId, long version, object payload)
    {
        var changed = version == 0
            ? session.Execute("INSERT INTO grain_states VALUES ($1, $2, 1, $3)", grainId.ToString(), stateName, payload)
            : session.Execute(
                "UPDATE grain_states SET version = version + 1, payload = $4 WHERE grain_id = $1 AND state_name = $2 AND version = $3",
                grainId.ToString(), stateName, version, payload);
        return changed == 1 ? TagOf(version + 1)! : throw Lost(stateName, grainId, TagOf(version), null);
    }

    private static (long Version, byte[]? Payload) Read(SqliteSession session, string stateName, GrainId grainId)
    {
        using var row = session.Query(
            "SELECT version, payload FROM grain_states WHERE grain_id = $1 AND state_name = $2", grainId.ToString(), stateName);
        if (!row.Read()) return (0, null);
        return (row.GetInt64(0), row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1));
    }

    private static InconsistentStateException Lost(string stateName, GrainId grainId, string? tag, Exception? failure) =>
        new($"The state '{stateName}' of {grainId} is no longer at version {tag ?? "none"}: another write came first.", "unknown", tag ?? "none", failure!);

    private static T NewState<T>() => typeof(T).IsValueType || typeof(T).GetConstructor(Type.EmptyTypes) is not null ? Activator.CreateInstance<T>() : default!;

    private static long VersionOf(string? tag) => tag is null ? 0 : long.Parse(tag, CultureInfo.InvariantCulture);

    private static string? TagOf(long version) => version == 0 ? null : version.ToString(CultureInfo.InvariantCulture);
}
