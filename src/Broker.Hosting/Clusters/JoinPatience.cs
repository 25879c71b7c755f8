namespace Broker.Hosting.Clusters;

/// <summary>How long a gateway that starts goes on looking for a silo: as long as a silo tries to join. What starts it tries again.</summary>
internal sealed class JoinPatience(MembershipOptions membership, TimeProvider time) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly long _began = time.GetTimestamp();

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(_began) >= membership.JoinTime) return false;
        await Task.Delay(Pause, time, cancellationToken);
        return true;
    }
}
