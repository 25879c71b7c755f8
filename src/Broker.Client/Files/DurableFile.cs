using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Broker.Client.Files;

/// <summary>Files that stand under their name whole, or not at all, whenever the process or the machine dies.</summary>
internal static class DurableFile
{
    /// <summary>Writes a file beside its place, flushes it, and gives it its name; an older one of that name is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="temporary">Where it is written first: on the same file system.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The disk is full or broken; what stood under the name stands there still.</exception>
    public static void Write(string path, string temporary, Action<Stream> write)
    {
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            write(file);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Makes the names in a directory durable. Windows does that by itself.</summary>
    /// <exception cref="IOException">The directory could not be flushed.</exception>
    public static void SyncDirectory(string directory)
    {
        if (OperatingSystem.IsWindows()) return;
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
