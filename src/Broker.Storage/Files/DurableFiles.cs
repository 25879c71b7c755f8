using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Broker.Storage.Files;

/// <summary>Files that are whole or absent after a crash.</summary>
internal static class DurableFiles
{
    /// <summary>What a file's name ends with until it is whole; a crash may leave one behind.</summary>
    public const string TemporarySuffix = ".tmp";

    private const int FileExists = 17; // EEXIST

    /// <summary>Writes a file under its final name, flushed, whole or not at all.</summary>
    /// <exception cref="IOException">The disk is full or broken; what stood under that name still does.</exception>
    public static async Task WriteAtomicallyAsync(string path, ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, CancellationToken cancellationToken)
    {
        var temporary = path + TemporarySuffix;
        try
        {
            await WriteAsync(temporary, first, second, cancellationToken);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary); // On a full disk it would stand in the way of the next try.
            throw;
        }

        SyncDirectoryOf(path);
    }

    /// <summary>Makes a directory, and each one above it that is missing; their names are durable when this returns.</summary>
    /// <exception cref="IOException">It could not be made, or not be flushed.</exception>
    public static void CreateDirectory(string path)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full)) return;
        if (Path.GetDirectoryName(full) is { } parent) CreateDirectory(parent);
        Directory.CreateDirectory(full);
        SyncDirectoryOf(full);
    }

    /// <summary>Makes the names in a file's directory durable. Windows does that by itself.</summary>
    /// <exception cref="IOException">The directory could not be flushed.</exception>
    public static void SyncDirectoryOf(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var descriptor = Open(Encoding.UTF8.GetBytes(directory + '\0'), 0);
        if (descriptor < 0) throw Failed(directory);
        var failed = FSync(descriptor) != 0 ? Failed(directory) : null;
        _ = Close(descriptor);
        if (failed is not null) throw failed;
    }

    /// <summary>Makes a file's bytes durable.</summary>
    /// <exception cref="IOException">It could not be flushed.</exception>
    public static void Flush(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None, 1);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Gives a file a second name where that is free; of several that try at once one gets it.</summary>
    /// <returns>False where the name is taken.</returns>
    /// <exception cref="IOException">The file system has no hard links, or failed.</exception>
    public static bool TryLink(string path, string name)
    {
        if (Link(Encoding.UTF8.GetBytes(path + '\0'), Encoding.UTF8.GetBytes(name + '\0')) == 0) return true;
        var error = Marshal.GetLastPInvokeError();
        return error == FileExists ? false : throw new IOException($"{name} could not be linked: {new Win32Exception(error).Message}");
    }

    private static async Task WriteAsync(string path, ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1, useAsync: true);
        await file.WriteAsync(first, cancellationToken);
        await file.WriteAsync(second, cancellationToken);
        file.Flush(flushToDisk: true);
    }

    private static IOException Failed(string directory)
    {
        var error = new Win32Exception(Marshal.GetLastPInvokeError());
        return new IOException($"{directory} could not be flushed: {error.Message}", error);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FSync(int descriptor);

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link(byte[] from, byte[] to);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
