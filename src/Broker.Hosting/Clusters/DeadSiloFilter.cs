namespace Broker.Hosting.Clusters;

/// <summary>Ends a gateway's calls that a dead silo will never answer: a client of Orleans does not know where a call went, and would wait out
/// its time-out. Their outcome is unknown, as after any time-out.</summary>
internal sealed class DeadSiloFilter(SiloWatch watch) : IOutgoingGrainCallFilter
{
    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        var death = watch.NextDeath;
        var call = context.Invoke();
        if (!call.IsCompleted && await Task.WhenAny(call, death) == death && !call.IsCompleted)
        {
            _ = call.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw new SiloUnavailableException("A silo died while the call was under way; whether it was carried out is unknown.");
        }

        await call;
    }
}
