using Broker.Gateway.Pulls;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>Who decides between a slice's sender and its revocation, where they meet.</summary>
public sealed class HeldSliceTests
{
    private const long LeaseEnd = 100;

    [Fact]
    public void A_slice_that_was_dropped_is_never_begun_and_a_second_revocation_settles_nothing()
    {
        var slice = Slice();
        Assert.True(slice.Revoke());
        Assert.False(slice.TryBegin());
        Assert.False(slice.WasWritten);
        Assert.False(slice.Revoke());
    }

    [Fact]
    public void A_slice_that_was_begun_is_never_dropped_but_stopped()
    {
        var slice = Slice();
        Assert.True(slice.TryBegin());
        Assert.True(slice.TryBegin()); // its next message
        Assert.False(slice.Revoke());
        Assert.False(slice.MaySend(0));
        Assert.True(slice.WasWritten);
    }

    [Fact]
    public void A_renewal_that_was_on_its_way_does_not_bring_a_revoked_slice_back()
    {
        var slice = Slice();
        slice.Revoke();
        slice.Renew(LeaseEnd * 2);
        Assert.False(slice.MaySend(0));
        Assert.False(slice.TryBegin());
    }

    [Fact]
    public void A_lease_ends_at_its_moment_and_goes_on_when_renewed()
    {
        var slice = Slice();
        Assert.True(slice.MaySend(LeaseEnd - 1));
        Assert.False(slice.MaySend(LeaseEnd));
        slice.Renew(LeaseEnd * 2);
        Assert.True(slice.MaySend(LeaseEnd * 2 - 1));
        Assert.False(slice.MaySend(LeaseEnd * 2));
    }

    [Fact]
    public void Whoever_comes_first_the_sender_or_the_revocation_the_other_one_loses()
    {
        var slices = Enumerable.Range(0, 2_000).Select(_ => Slice()).ToArray();
        var (begun, dropped) = (new bool[slices.Length], new bool[slices.Length]);
        using var meeting = new Barrier(2);
        var sender = Meet(meeting, index => begun[index] = slices[index].TryBegin(), slices.Length);
        var revocation = Meet(meeting, index => dropped[index] = slices[index].Revoke(), slices.Length);
        sender.Join();
        revocation.Join();

        Assert.All(slices.Index(), race => Assert.Equal((true, begun[race.Index]), (begun[race.Index] != dropped[race.Index], race.Item.WasWritten)));
    }

    private static Thread Meet(Barrier meeting, Action<int> then, int times)
    {
        var thread = new Thread(() =>
        {
            for (var index = 0; index < times; index++)
            {
                meeting.SignalAndWait();
                then(index);
            }
        });
        thread.Start();
        return thread;
    }

    private static HeldSlice Slice() => new(null!, PullWorld.Grant(1, []), LeaseEnd);
}
