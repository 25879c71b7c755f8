using Broker.Gateway.Pulls;
using CsCheck;

namespace Broker.Gateway.Tests.Pulls;

public sealed class SliceSizerTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    private readonly PullOptions _options = new() { SliceBytesMin = 1_000, SliceBytesFirst = 10_000, SliceBytesMax = 100_000 };

    [Fact]
    public void The_first_slice_is_as_large_as_the_options_say_within_the_other_two_bounds()
    {
        Assert.Equal(10_000, new SliceSizer(_options).SliceBytes);
        Assert.Equal(100_000, new SliceSizer(new() { SliceBytesFirst = 1_000_000, SliceBytesMax = 100_000 }).SliceBytes);
        Assert.Equal(50_000, new SliceSizer(new() { SliceBytesFirst = 4_096, SliceBytesMin = 50_000 }).SliceBytes);
    }

    [Fact]
    public void A_slice_taken_within_half_a_lease_doubles_the_next_up_to_the_bound()
    {
        var sizer = new SliceSizer(_options);
        var sizes = new List<long>();
        for (var slice = 0; slice < 5; slice++)
        {
            Assert.True(sizer.Learn(sizer.SliceBytes, Lease / 2, Lease));
            sizes.Add(sizer.SliceBytes);
        }

        Assert.Equal([20_000, 40_000, 80_000, 100_000, 100_000], sizes);
    }

    [Fact]
    public void A_slice_that_did_not_fill_its_bound_says_nothing_of_a_larger_one()
    {
        var sizer = new SliceSizer(_options);
        Assert.True(sizer.Learn(4_999, TimeSpan.Zero, Lease));
        Assert.Equal(10_000, sizer.SliceBytes);
    }

    [Fact]
    public void A_slice_that_took_longer_makes_the_next_as_large_as_fits_into_half_a_lease()
    {
        var sizer = new SliceSizer(_options);
        Assert.True(sizer.Learn(10_000, 2 * Lease, Lease));
        Assert.Equal(2_500, sizer.SliceBytes);
    }

    [Fact]
    public void A_client_is_too_slow_when_the_smallest_slice_takes_more_than_a_lease_and_not_before()
    {
        var sizer = new SliceSizer(_options);
        Assert.True(sizer.Learn(1_001, 10 * Lease, Lease));
        Assert.Equal(1_000, sizer.SliceBytes);
        Assert.True(sizer.Learn(1_000, Lease, Lease));
        Assert.False(sizer.Learn(1_000, Lease + TimeSpan.FromTicks(1), Lease));
    }

    [Fact]
    public void Sizes_stay_within_their_bounds_whatever_is_learnt_and_whatever_the_options_allow() => Gen.Select(
        Gen.Int[1_024, 1 << 20], Gen.Int[64 * 1_024, 1 << 26], Gen.Int[4 * 1_024, 1 << 26],
        Gen.Select(Gen.Long[0, 1L << 40], Gen.Long[0, 1L << 40].Select(TimeSpan.FromTicks)).Array[0, 20]).Sample((min, max, first, learnt) =>
    {
        var sizer = new SliceSizer(new() { SliceBytesMin = min, SliceBytesMax = max, SliceBytesFirst = first });
        foreach (var (bytes, elapsed) in learnt)
        {
            sizer.Learn(bytes, elapsed, Lease);
            Assert.InRange(sizer.SliceBytes, min, Math.Max(min, max));
            Assert.InRange(sizer.MessageBytes, min, 1 << 20);
        }
    });
}
