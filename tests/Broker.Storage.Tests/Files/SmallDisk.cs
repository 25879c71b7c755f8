using System.Diagnostics;

namespace Broker.Storage.Tests.Files;

/// <summary>A file system of a megabyte that really is full at some time. Needs the right to mount one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly ScratchDirectory _directory = new();

    public SmallDisk() => IsMounted = OperatingSystem.IsLinux() && Ran("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", _directory.Path);

    /// <summary>Whether there is one; else its path is an ordinary directory.</summary>
    public bool IsMounted { get; }

    public string Path => _directory.Path;

    public string File(string name) => _directory.File(name);

    public void Dispose()
    {
        if (IsMounted) Ran("umount", _directory.Path);
        _directory.Dispose();
    }

    private static bool Ran(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // There is no such program.
        }
    }
}
