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
        var slices = Enumerable.Range(0, 20_000).Select(_ => Slice()).ToArray();
        var (begun, dropped) = (new bool[slices.Length], new bool[slices.Length]);
        var meeting = new int[2];
        var sender = new Thread(() => Meet(meeting, 0, index => begun[index] = slices[index].TryBegin(), slices.Length));
        sender.Start();
        Meet(meeting, 1, index => dropped[index] = slices[index].Revoke(), slices.Length);
        sender.Join();

        for (var race = 0; race < slices.Length; race++)
            Assert.True(begun[race] != dropped[race] && begun[race] == slices[race].WasWritten, $"Race {race}: begun {begun[race]}, dropped {dropped[race]}.");
    }

    /// <summary>Both come to each slice at about the same moment.</summary>
    private static void Meet(int[] meeting, int own, Action<int> then, int times)
    {
        for (var index = 0; index < times; index++)
        {
            Volatile.Write(ref meeting[own], index + 1);
            var wait = new SpinWait();
            while (Volatile.Read(ref meeting[1 - own]) <= index) wait.SpinOnce(sleep1Threshold: -1);
            then(index);
        }
    }

    private static HeldSlice Slice() => new(null!, PullWorld.Grant(1, []), LeaseEnd);
}
