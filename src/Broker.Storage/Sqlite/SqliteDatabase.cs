using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Broker.Storage.Sqlite;

/// <summary>One SQLite file: a single writer that puts what has queued into one flushed transaction, and readers beside it.</summary>
public sealed class SqliteDatabase : IAsyncDisposable
{
    private readonly SqliteSettings _settings;
    private readonly SqliteWriter _writer;
    private readonly ConcurrentBag<SqliteSession> _idleReaders = [];
    private bool _disposed;

    private SqliteDatabase(SqliteSettings settings, SqliteSession session)
    {
        _settings = settings;
        _writer = new SqliteWriter(session, settings);
    }

    /// <summary>Called around each commit, so that tests can make it fail.</summary>
    internal Action<CommitStep>? OnCommit { set => _writer.OnCommit = value; }

    /// <summary>Opens the file, checks that it flushes, and brings it to the schema.</summary>
    /// <exception cref="StoreRefusedException">It does not flush, is of another kind or newer, or is no database.</exception>
    internal static SqliteDatabase Open(SqliteSettings settings, SqliteSchema schema)
    {
        SqliteSession? session = null;
        try
        {
            var isNew = !File.Exists(settings.Path);
            if (settings.OwnerOnly) MakeOwnerOnly(settings.Path);
            session = new SqliteSession(settings, readOnly: false);
            Configure(session, settings);
            schema.Apply(session, settings.Path);
            if (isNew) Files.DurableFiles.SyncDirectoryOf(settings.Path);
            return new SqliteDatabase(settings, session);
        }
        catch (SqliteException failure)
        {
            session?.Dispose();
            throw new StoreRefusedException($"{settings.Path} cannot be opened: {failure.Message}", failure);
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    /// <summary>Runs work in the next transaction; completes when it is durable. Work that throws is undone alone.</summary>
    /// <exception cref="StoreWriteException">The write failed.</exception>
    internal Task<T> WriteAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken) => _writer.RunAsync(work, cancellationToken);

    /// <summary>Runs work that no transaction may hold, alone between two of them.</summary>
    /// <exception cref="StoreWriteException">It failed.</exception>
    internal Task<T> MaintainAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken) => _writer.RunAloneAsync(work, cancellationToken);

    /// <summary>Reads on a connection of its own, off the caller's turn.</summary>
    internal Task<T> ReadAsync<T>(Func<SqliteSession, T> read, CancellationToken cancellationToken) => Task.Run(() => Read(read), cancellationToken);

    /// <summary>Finishes what is queued and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        while (_idleReaders.TryTake(out var reader)) reader.Dispose();
        await _writer.DisposeAsync();
    }

    private T Read<T>(Func<SqliteSession, T> read)
    {
        if (!_idleReaders.TryTake(out var session)) session = new SqliteSession(_settings, readOnly: true);
        try
        {
            return read(session);
        }
        finally
        {
            if (_disposed) session.Dispose();
            else _idleReaders.Add(session);
        }
    }

    /// <summary>SQLite gives its companion files the mode of the file itself.</summary>
    private static void MakeOwnerOnly(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        using (File.Open(path, FileMode.OpenOrCreate))
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private static void Configure(SqliteSession session, SqliteSettings settings)
    {
        var mode = Pragma(session, "PRAGMA journal_mode = WAL");
        if (mode != "wal") throw new StoreRefusedException($"{settings.Path}: the file system does not allow a write-ahead log (journal mode is '{mode}').");
        Pragma(session, string.Create(CultureInfo.InvariantCulture, $"PRAGMA synchronous = {(int)settings.Synchronous}"));
        Pragma(session, string.Create(CultureInfo.InvariantCulture, $"PRAGMA wal_autocheckpoint = {settings.CheckpointEveryPages}"));
        if (settings.PagesMax is { } pages) Pragma(session, string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages}"));
        if (settings.SecureDelete) Pragma(session, "PRAGMA secure_delete = ON");
        if (settings.SecureDelete) Pragma(session, "PRAGMA temp_store = MEMORY"); // Or pages to undo would lie in a temporary file.
        RefuseUnlessFlushed(session, settings);
    }

    private static void RefuseUnlessFlushed(SqliteSession session, SqliteSettings settings)
    {
        var level = int.Parse(Pragma(session, "PRAGMA synchronous"), CultureInfo.InvariantCulture);
        if (level < (int)SqliteSynchronous.Full)
            throw new StoreRefusedException($"{settings.Path}: synchronous is {(SqliteSynchronous)level}, so an acknowledged commit could be lost. It must be Full.");
    }

    private static string Pragma(SqliteSession session, string sql)
    {
        using var row = session.Query(sql);
        return row.Read() ? Convert.ToString(row.GetValue(0), CultureInfo.InvariantCulture)! : "";
    }
}

/// <summary>The two moments around a commit.</summary>
internal enum CommitStep
{
    Before = 1,
    After = 2,
}
