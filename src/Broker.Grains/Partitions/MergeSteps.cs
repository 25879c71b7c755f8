using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Broker.Grains.Partitions;

/// <summary>The steps of a merge, and of counting tokens, between which a kill leaves something half done.</summary>
internal enum MergeStep
{
    /// <summary>The outputs are written and nobody names them.</summary>
    Written,

    /// <summary>The log names the outputs; the inputs' files lie there still.</summary>
    Swapped,

    /// <summary>The inputs' files are about to be deleted.</summary>
    Deleting,

    /// <summary>They are deleted; the log does not say so yet.</summary>
    Deleted,

    /// <summary>A segment's tokens are counted and nobody names the counts.</summary>
    Counted,
}

/// <summary>Places where a fault test kills the process. Does nothing unless the environment names a step.</summary>
/// <remarks>It can end a process where anything might, never make it do anything else.</remarks>
internal static class MergeSteps
{
    private const int SigKill = 9;

    private static readonly string? Killed = Environment.GetEnvironmentVariable("BROKER_KILL_IN_MERGE");

    /// <summary>Ends the process here, as <c>kill -9</c> does, if a test asks for it.</summary>
    public static void Pass(MergeStep step)
    {
        if (Killed is null || Killed != step.ToString()) return;
        if (Kill(Environment.ProcessId, SigKill) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        Thread.Sleep(Timeout.Infinite); // until the signal is delivered
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
