using Broker.Grains.Pulls;
using Broker.Protos.V1;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using static Broker.Gateway.Tests.Pulls.PullWorld;

namespace Broker.Gateway.Tests.Pulls;

public sealed class ConfirmSlicesTests
{
    private const string SomeId = "7f1b6a3e-0b1c-4d5e-8f90-123456789abc";

    [Fact]
    public async Task Slices_of_several_ranges_are_confirmed_each_once_by_partition_and_round()
    {
        await using var world = await KnowingAsync();
        await ConfirmAsync(world, Request(Range(0, 1, 1, 3), Range(0, 1, 2, 4), Range(1, 2, 5, 5)));
        Assert.Equal([1, 2, 3, 4], Assert.Single(world.Partitions[0].Confirmed).Numbers);
        var (round, numbers) = Assert.Single(world.Partitions[1].Confirmed);
        Assert.Equal((2, 5), (round, Assert.Single(numbers)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_slice_that_the_deal_has_not_got_is_refused_and_nothing_is_confirmed(bool isLate)
    {
        await using var world = await KnowingAsync();
        var request = Request(Range(0, 1, 1, 3));
        (isLate ? request.LateSlices : request.Slices).Add(Range(1, 1, 9, 11)); // 11 is not known
        var error = await Assert.ThrowsAsync<RpcException>(() => ConfirmAsync(world, request));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal([isLate ? "late_slices" : "slices"], FieldsOf(error));
        Assert.All(world.Partitions, partition => Assert.Empty(partition.Confirmed));
    }

    /// <summary>In a scripted partition, a release begins with its slice's number.</summary>
    [Fact]
    public async Task Slices_whose_releases_are_named_are_confirmed_but_for_those_that_the_log_has_lost()
    {
        await using var world = await KnowingAsync();
        var request = Request(Range(1, 1, 9, 12), Range(0, 2, 1, 4)); // 11 and 12 are not known
        request.Releases.Add([Release(9), ByteString.Empty, ByteString.Empty, Release(12), Release(1), Release(77), Release(78), Release(4)]);

        var response = await world.Client.ConfirmSlicesAsync(request, world.AsPartner);

        Assert.Equal([Range(1, 1, 11, 12), Range(0, 2, 2, 3)], response.Lost);
        Assert.Equal([9, 10], Assert.Single(world.Partitions[1].Confirmed).Numbers);
        Assert.Equal([1, 4], Assert.Single(world.Partitions[0].Confirmed).Numbers);
        Assert.Empty((await world.Client.ConfirmSlicesAsync(Request(Range(0, 1, 1, 1)), world.AsPartner)).Lost);
    }

    [Fact]
    public async Task Late_slices_alone_are_reported_and_not_confirmed()
    {
        await using var world = await KnowingAsync();
        var request = Request();
        request.LateSlices.Add(Range(0, 1, 1, 2));
        await ConfirmAsync(world, request);
        Assert.All(world.Partitions, partition => Assert.Empty(partition.Confirmed));
    }

    public static TheoryData<ConfirmSlicesRequest, string[]> WrongRequests => new()
    {
        { Request(), ["slices"] },
        { Request("not a uuid", Range(0, 1, 1, 1)), ["request_id"] },
        { Request("00000000-0000-0000-0000-000000000000", Range(0, 1, 1, 1)), ["request_id"] },
        { Request(Range(-1, 1, 1, 1), Range(2, 1, 1, 1)), ["slices[0].partition", "slices[1].partition"] },
        { Request(Range(0, 0, 1, 1)), ["slices[0].round"] },
        { Request(Range(0, 1, 0, 1)), ["slices[0].first_slice"] },
        { Request(Range(0, 1, 5, 4)), ["slices[0].last_slice"] },
        { Request(Range(0, 1, int.MinValue, int.MinValue)), ["slices[0].first_slice", "slices[0].last_slice"] },
        { Request([.. Enumerable.Repeat(Range(0, 1, 1, 1), 1_001)]), ["slices"] },
        { Request(Range(0, 1, 1, 50_000), Range(0, 1, 1, 50_001)), ["slices"] },
        { Request(Range(0, 1, 1, int.MaxValue)), ["slices"] },
        { Released(Range(0, 1, 1, 2), Release(1)), ["releases"] },
        { Released(Range(0, 1, 1, 1), Release(1), Release(2)), ["releases"] },
        { Released(Range(0, 1, 1, 1), ByteString.CopyFrom(1, 2)), ["releases"] },
        { Late(Range(7, 0, 1, 1)), ["late_slices[0].partition", "late_slices[0].round"] },
        { Late(Range(0, 1, 1, 100_001)), ["late_slices"] },
    };

    [Theory]
    [MemberData(nameof(WrongRequests), DisableDiscoveryEnumeration = true)]
    public async Task Every_wrong_field_is_named_at_once_and_nothing_is_confirmed(ConfirmSlicesRequest request, string[] fields)
    {
        await using var world = await KnowingAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => ConfirmAsync(world, request));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(fields, FieldsOf(error));
        Assert.All(world.Partitions, partition => Assert.Empty(partition.Confirmed));
    }

    [Fact]
    public async Task The_most_that_may_be_confirmed_at_once_is()
    {
        await using var world = await KnowingAsync();
        await ConfirmAsync(world, Request([.. Enumerable.Repeat(Range(0, 1, 1, 10), 1_000)]));
        Assert.Equal(Enumerable.Range(1, 10), Assert.Single(world.Partitions[0].Confirmed).Numbers);
    }

    /// <summary>Two partitions; in each, rounds 1 and 2 have slices 1 to 10.</summary>
    private static async Task<PullWorld> KnowingAsync()
    {
        var world = await StartAsync(partitionCount: 2);
        foreach (var partition in world.Partitions)
            for (var number = 1; number <= 20; number++)
                partition.Known.Add(new SliceName(1 + (number - 1) / 10, 1 + (number - 1) % 10));
        return world;
    }

    private static async Task ConfirmAsync(PullWorld world, ConfirmSlicesRequest request) => await world.Client.ConfirmSlicesAsync(request, world.AsPartner);

    private static IEnumerable<string> FieldsOf(RpcException error) => error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field);

    private static ConfirmSlicesRequest Request(params SliceRange[] slices) => Request(SomeId, slices);

    private static ConfirmSlicesRequest Request(string id, params SliceRange[] slices) => new() { Deal = DealName, RequestId = id, Slices = { slices } };

    private static ConfirmSlicesRequest Late(params SliceRange[] slices) => new() { Deal = DealName, RequestId = SomeId, LateSlices = { slices } };

    private static ConfirmSlicesRequest Released(SliceRange slices, params ByteString[] releases) =>
        new() { Deal = DealName, RequestId = SomeId, Slices = { slices }, Releases = { releases } };

    private static ByteString Release(byte first) => ByteString.CopyFrom([first, .. new byte[15]]);

    private static SliceRange Range(int partition, int round, int first, int last) => new() { Partition = partition, Round = round, FirstSlice = first, LastSlice = last };
}
