using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Broker.Gateway.Pulls;

/// <summary>A place where a fault test stops the process: between the last look at a slice's lease and the write of its records. Does nothing unless the
/// environment names a file; while that file is there and holds a deal's name, the next write of that deal deletes it and stops the process (SIGSTOP), as
/// a pause of the machine would.</summary>
/// <remarks>It can make a gateway late, never make it send what it may not: that what is so late is refused is what the test looks at.</remarks>
internal static partial class StopBeforeWrite
{
    private const int SigStop = 19;

    private static readonly string? File = Environment.GetEnvironmentVariable("BROKER_STOP_BEFORE_WRITE");

    /// <summary>Stops here if a test asks for it.</summary>
    public static void Pass(string deal)
    {
        if (File is null || !System.IO.File.Exists(File) || System.IO.File.ReadAllText(File) != deal) return;
        System.IO.File.Delete(File);
        // Not kill: a signal to the process may be taken by another thread, and this one would get past the write before it stands still.
        if (Raise(SigStop) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "raise", SetLastError = true)]
    private static partial int Raise(int signal);
}
