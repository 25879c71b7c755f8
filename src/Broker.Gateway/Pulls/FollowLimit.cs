using Broker.Gateway.Errors;
using Microsoft.Extensions.Options;

namespace Broker.Gateway.Pulls;

/// <summary>How many streams of this gateway follow at once.</summary>
internal sealed class FollowLimit(IOptions<PullOptions> options, PullMeter meter)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    private int _count;

    /// <summary>Takes a place until it is disposed of.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE / TOO_MANY_FOLLOWS: there is none.</exception>
    public IDisposable Enter()
    {
        if (Interlocked.Increment(ref _count) <= options.Value.FollowsMax)
        {
            meter.Follows(1);
            return new Place(this, meter);
        }

        Interlocked.Decrement(ref _count);
        throw RpcErrors.Unavailable("TOO_MANY_FOLLOWS", $"This gateway lets {options.Value.FollowsMax} streams follow at once. Call again later, or another gateway.", RetryDelay);
    }

    private sealed class Place(FollowLimit limit, PullMeter meter) : IDisposable
    {
        public void Dispose()
        {
            Interlocked.Decrement(ref limit._count);
            meter.Follows(-1);
        }
    }
}
