using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Broker.Storage.Files;

/// <summary>Files that are whole or absent after a crash.</summary>
internal static class DurableFiles
{
    /// <summary>Writes a file under its final name, flushed, whole or not at all.</summary>
    /// <exception cref="IOException">The disk is full or broken; nothing stands under that name.</exception>
    public static async Task WriteAtomicallyAsync(string path, ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, CancellationToken cancellationToken)
    {
        var temporary = path + ".tmp";
        await using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1, useAsync: true))
        {
            await file.WriteAsync(first, cancellationToken);
            await file.WriteAsync(second, cancellationToken);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        SyncDirectoryOf(path);
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

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
