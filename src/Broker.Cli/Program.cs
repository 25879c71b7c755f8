using System.Runtime.InteropServices;
using Broker.Cli;

// The first signal asks the command to stop; a second one ends the process at once. The source is never disposed of: a signal may
// come while the process ends.
var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, AskToStop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, AskToStop);
return await new CliApp(CliHost.ForProcess()).RunAsync(args, stop.Token);

void AskToStop(PosixSignalContext signal)
{
    if (stop.IsCancellationRequested) return;
    signal.Cancel = true;
    stop.Cancel();
}
