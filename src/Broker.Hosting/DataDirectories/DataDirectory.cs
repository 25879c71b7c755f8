namespace Broker.Hosting.DataDirectories;

/// <summary>The directory of an embedded node, held by one process at a time. For its owner only (mode 700).</summary>
/// <remarks>
/// <c>logs.db</c> the logs; <c>keys.db</c> the users' keys (never copy it into the same backup); <c>identity/</c> the signing
/// key; <c>objects/</c> segments; <c>snapshots/</c> of logs; <c>tmp/</c> what imports spool, emptied at each start.
/// </remarks>
public sealed class DataDirectory : IDisposable
{
    private const string LockName = "node.lock";

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held) => (Path, _lock) = (path, held);

    /// <summary>Its full path.</summary>
    public string Path { get; }

    /// <summary>The logs' database.</summary>
    public string LogsFile => LogsFileOf(Path);

    /// <summary>The users' keys.</summary>
    public string KeysFile => System.IO.Path.Combine(Path, "keys.db");

    /// <summary>The signing key's directory.</summary>
    public string IdentityDirectory => IdentityDirectoryOf(Path);

    /// <summary>The segments.</summary>
    public string ObjectsDirectory => ObjectsDirectoryOf(Path);

    /// <summary>The logs' snapshots.</summary>
    public string SnapshotsDirectory => System.IO.Path.Combine(Path, "snapshots");

    /// <summary>What imports spool.</summary>
    public string TemporaryDirectory => System.IO.Path.Combine(Path, "tmp");

    /// <summary>Where the logs of a data directory lie.</summary>
    public static string LogsFileOf(string directory) => System.IO.Path.Combine(directory, "logs.db");

    /// <summary>Where the signing key of a data directory lies.</summary>
    public static string IdentityDirectoryOf(string directory) => System.IO.Path.Combine(directory, "identity");

    /// <summary>Where the segments of a data directory lie.</summary>
    public static string ObjectsDirectoryOf(string directory) => System.IO.Path.Combine(directory, "objects");

    /// <summary>Takes the directory; makes it where it is missing.</summary>
    /// <exception cref="NodeStartException">Another process holds it, or it cannot be written.</exception>
    public static DataDirectory Take(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        try
        {
            Create(full);
            var directory = new DataDirectory(full, Lock(full, FileMode.OpenOrCreate, FileAccess.ReadWrite));
            directory.EmptyTemporary();
            return directory;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NodeStartException($"The data directory {full} cannot be used: {exception.Message} Name another with --data, or make this one writable.", exception);
        }
    }

    /// <summary>Keeps nodes away from a stopped node's directory while its files are read. Makes and changes nothing.</summary>
    /// <returns>What holds it; null where no node ever held it: a copy without its lock file, which no node may start on meanwhile.</returns>
    /// <exception cref="NodeStartException">A node holds it, or the lock cannot be read.</exception>
    public static IDisposable? HoldStopped(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        var file = System.IO.Path.Combine(full, LockName);
        try
        {
            return File.Exists(file) ? Lock(full, FileMode.Open, FileAccess.Read) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NodeStartException($"The data directory {full} cannot be read: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    // What a crash left of imports; whoever holds the directory has none under way.
    private void EmptyTemporary()
    {
        if (Directory.Exists(TemporaryDirectory)) Directory.Delete(TemporaryDirectory, recursive: true);
    }

    private static void Create(string path)
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerOnly);
    }

    // The system drops the lock with the process, however that ends: a file that is left behind holds nothing.
    private static FileStream Lock(string directory, FileMode mode, FileAccess access)
    {
        var path = System.IO.Path.Combine(directory, LockName);
        try
        {
            return new FileStream(path, mode, access, FileShare.None);
        }
        catch (IOException held) when (File.Exists(path))
        {
            throw new NodeStartException($"The data directory {directory} is held by another process. Stop that node, or name another directory with --data.", held);
        }
    }
}
