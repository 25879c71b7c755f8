namespace Broker.Gateway.Tests.Pulls;

/// <summary>Clients that do not read: a message larger than their window stays in the gateway.</summary>
internal static class SlowClients
{
    /// <summary>Done when the gateway waits for the transport to take the message that begins with a segment's first row.</summary>
    public static async Task BlockedAt(PullWorld world, MemoryContent content)
    {
        var rendered = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        content.Rendering = row =>
        {
            if (row == 0) rendered.TrySetResult(world.Time.NextTimer(ScriptedPartition.Lease));
        };
        await await rendered.Task;
    }
}
