using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Broker.Faults.Rig;

/// <summary>POSIX signals.</summary>
internal static partial class Signals
{
    private const int Term = 15;
    private const int Cont = 18;
    private const int Stop = 19;

    /// <summary>Asks a process to end (SIGTERM).</summary>
    public static void Terminate(Process process) => Send(process, Term);

    /// <summary>Stops a process where it is (SIGSTOP).</summary>
    public static void Pause(Process process) => Send(process, Stop);

    /// <summary>Lets it go on (SIGCONT).</summary>
    public static void Resume(Process process) => Send(process, Cont);

    /// <summary>Whether the kernel holds the process stopped.</summary>
    public static bool IsPaused(Process process)
    {
        var stat = File.ReadAllText($"/proc/{process.Id}/stat");
        return stat[stat.LastIndexOf(')') + 2] == 'T';
    }

    private static void Send(Process process, int signal)
    {
        if (Kill(process.Id, signal) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
