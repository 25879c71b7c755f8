using Broker.Domain;
using static Broker.Gateway.Tests.Pulls.PullWorld;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>How long a stream waits for tokens to be counted.</summary>
public sealed class TokenWaitTests
{
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task A_stream_that_follows_waits_anew_for_each_import_also_where_as_many_records_wait_as_the_last_time()
    {
        // No probe falls due while the clock is moved by two minutes.
        await using var world = await StartAsync(configure: options => (options.FollowProbeSeconds, options.TokenWaitSecondsMax) = (300, 60));
        var posts = world.Segments.AddPosts(30);
        using var pull = await FollowedPull.CaughtUpAsync(world);
        for (var number = 1; number <= 2; number++)
        {
            var (gathering, counting) = (world.Time.NextTimer(Gathering), world.Time.NextTimer(First));
            world.Partition.Then(RefusalReason.TokensNotCounted).Then(Grant(number, posts, 10 * (number - 1), 10 * number));
            world.Partition.Observer!.MayHaveMore(0);
            await gathering;
            world.Time.Advance(Gathering);
            // Within a moment it is counted; the stream either waits for that, or ends here.
            var reading = UntilSliceAsync(pull, number);
            await Task.WhenAny(counting, reading);
            world.Time.Advance(First);
            await reading;
            world.Time.Advance(TimeSpan.FromMinutes(2)); // nothing is imported for a while
        }

        Assert.Equal([1, 2], pull.Read.Ends.Select(end => end.Slice));
    }

    private static async Task UntilSliceAsync(FollowedPull pull, int number)
    {
        while (pull.Read.Ends.All(end => end.Slice != number)) await pull.UntilCaughtUpAsync();
    }
}
