namespace Broker.Grains.Tests.Logs;

/// <summary>On pumped turns a call that still waits will wait for ever: a test says so instead of doing the same.</summary>
internal static class SettledTask
{
    public static Task<T> Settled<T>(this Task<T> task)
    {
        Assert.True(task.IsCompleted, "It still waits.");
        return task;
    }

    public static Task Settled(this Task task)
    {
        Assert.True(task.IsCompleted, "It still waits.");
        return task;
    }
}
