using Broker.Client;
using Broker.Protos.V1;

namespace Broker.EndToEnd.Clusters;

/// <summary>Waits for a deal's usage: what a stopping silo could not tell the deal, the deal asks for by itself, in its own time.</summary>
internal static class UsageTold
{
    // Far beyond what is needed: a machine that stands still fails no test.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Done when the usage is as it must become; fails with the last one that was told.</summary>
    public static async Task UntilAsync(BrokerConnection connection, string deal, Func<Usage, bool> isRight)
    {
        using var limit = new CancellationTokenSource(Patience);
        Usage? last = null;
        try
        {
            await foreach (var news in connection.StreamAsync(connection.Deals.WatchUsage, new WatchUsageRequest { Deal = deal }, limit.Token))
                if (isRight(last = news.Usage))
                    return;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            Assert.Fail($"The usage does not become what it must: {last}");
        }

        Assert.Fail($"The usage's stream ended: {last}");
    }
}
