using Broker.Client;
using Broker.Protos.Compression;
using Broker.Protos.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Compression;
using static Broker.Gateway.Tests.Pulls.PullWorld;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>Packed pulls: for who asks, the same records; and nothing small becomes large.</summary>
public sealed class PullCompressionTests
{
    [Fact]
    public async Task A_client_that_takes_zstd_gets_its_pull_packed_and_the_same_records()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(500, new string('x', 400));
        world.Partition.Then(Grant(1, posts, 0, 500));
        var net = new CountedNet();
        using var channel = ChannelOf(world, MessageCompression.Zstandard(8 << 20), net);
        using var call = new PullService.PullServiceClient(channel).Pull(new PullRequest { Deal = DealName }, world.AsPartner);
        var pulled = await PulledMessages.ReadAsync(call);
        Assert.InRange(net.Received, 1, posts.Records.Sum(record => record.Text.Length) / 2);
        Assert.Equal(["header", "begin 1", "batch 1", "batch 1", "batch 1", "batch 1", "end 1", "summary"], pulled.Shown);
        Assert.Equal(posts.Records.Select(record => (record.Id, record.Text)), pulled.Records.Select(record => (record.Id, record.Text)));
    }

    [Fact]
    public async Task A_client_that_does_not_name_it_gets_plain_messages()
    {
        await using var world = await StartAsync();
        world.Partition.Then(Grant(1, world.Segments.AddPosts(500, new string('x', 400)), 0, 500));
        var net = new CountedNet();
        using var channel = ChannelOf(world, MessageCompression.Gzip(8 << 20), net);
        using var call = new PullService.PullServiceClient(channel).Pull(new PullRequest { Deal = DealName }, world.AsPartner);
        var pulled = await PulledMessages.ReadAsync(call);
        Assert.True(net.Received > pulled.Records.Sum(record => record.Text.Length));
    }

    [Fact]
    public async Task What_a_client_unpacks_is_bounded()
    {
        await using var world = await StartAsync();
        world.Partition.Then(Grant(1, world.Segments.AddPosts(100, new string('x', 1_000)), 0, 100));
        using var channel = ChannelOf(world, MessageCompression.Zstandard(10_000));
        using var call = new PullService.PullServiceClient(channel).Pull(new PullRequest { Deal = DealName }, world.AsPartner);
        var pulled = await PulledMessages.ReadAsync(call);
        Assert.NotNull(pulled.Error);
        Assert.Empty(pulled.Records);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public async Task What_a_gateway_unpacks_is_bounded(string encoding)
    {
        await using var world = await StartAsync();
        using var channel = ChannelOf(world, encoding == "gzip" ? MessageCompression.Gzip(1 << 20) : MessageCompression.Zstandard(1 << 20));
        var options = world.AsPartner;
        options.Headers!.Add("grpc-internal-encoding-request", encoding);
        var client = new PullService.PullServiceClient(channel);
        var read = await Assert.ThrowsAsync<RpcException>(async () => await client.ConfirmSlicesAsync(new ConfirmSlicesRequest { Deal = DealName }, options));
        Assert.Equal(StatusCode.InvalidArgument, read.StatusCode); // it was unpacked and read: it names no slice
        var error = await Assert.ThrowsAsync<RpcException>(async () => await client.ConfirmSlicesAsync(new ConfirmSlicesRequest { Deal = new string('x', 5 << 20) }, options));
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public async Task The_partners_package_asks_for_it_where_it_is_told_to()
    {
        await using var world = await StartAsync();
        world.Partition.Then(Grant(1, world.Segments.AddPosts(500, new string('x', 400)), 0, 500));
        var net = new CountedNet();
        using var connection = new BrokerConnection(new BrokerConnectionOptions { Address = new Uri(world.Address), IsCompressed = true, Configure = net.Watch });
        using var call = connection.Pulls.Pull(new PullRequest { Deal = DealName }, world.AsPartner);
        var pulled = await PulledMessages.ReadAsync(call);
        Assert.InRange(net.Received, 1, pulled.Records.Sum(record => record.Text.Length) / 2);
    }

    private static GrpcChannel ChannelOf(PullWorld world, ICompressionProvider compression, CountedNet? net = null)
    {
        var handler = new SocketsHttpHandler();
        net?.Watch(handler);
        return GrpcChannel.ForAddress(world.Address, new GrpcChannelOptions { CompressionProviders = [compression], HttpHandler = handler, DisposeHttpClient = true });
    }
}
