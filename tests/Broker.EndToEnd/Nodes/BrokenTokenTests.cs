using Broker.Domain.Tokens;
using Broker.Gateway.Pulls;
using Broker.Grains.Partitions;
using Broker.Grains.Segments;
using Broker.Grains.Tokens;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Broker.EndToEnd.Nodes;

/// <summary>Broken files under a deal by tokens.</summary>
public sealed class BrokenTokenTests
{
    private const string Partner = "lab";
    private static readonly string[] Users = [.. Enumerable.Range(0, 40).Select(number => $"user-{number}")];

    [Fact]
    public async Task A_segment_that_breaks_before_it_is_counted_fails_by_its_name_also_where_a_round_waits_for_it()
    {
        var counter = new PickyCounter(static _ => true);
        await using var node = await StartAsync(counter.Register);
        var deal = await node.Calls.AddDealAsync(Partner, "pact", TestCalls.TermsByTokens());
        await Assert.ThrowsAsync<RpcException>(() => PullAsync(node, deal, new PulledStream())); // the rounds are open, and wait
        var path = Directory.GetFiles(Path.Combine(node.Node.DataDirectory, "objects"), "*.arrow", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        var segment = Path.GetFileNameWithoutExtension(path);
        counter.Refuses = static _ => false;
        await node.RestartAsync(() =>
        {
            var broken = File.ReadAllBytes(path);
            broken[broken.Length / 2] ^= 1;
            File.WriteAllBytes(path, broken);
        });
        var pulled = new PulledStream();
        var failure = await Assert.ThrowsAsync<RpcException>(() => PullAsync(node, deal, pulled));
        Assert.Equal((StatusCode.DataLoss, true), (failure.StatusCode, failure.Status.Detail.Contains(segment, StringComparison.Ordinal)));
        Assert.Equal(40 - RowsOf(segment), pulled.Records.Count());
    }

    [Fact]
    public async Task A_partition_that_waits_for_its_tokens_keeps_no_other_s_records_back()
    {
        var counter = new PickyCounter(static segment => segment.Id.StartsWith("0000-", StringComparison.Ordinal));
        await using var node = await StartAsync(builder =>
        {
            counter.Register(builder);
            builder.Services.PostConfigure<PullOptions>(options => options.PartitionsAtOnceMax = 1); // as where there are more partitions than the eight of the default
        });
        var deal = await node.Calls.AddDealAsync(Partner, "pact", TestCalls.TermsByTokens());
        var pulled = new PulledStream();
        var failure = await Assert.ThrowsAsync<RpcException>(() => PullAsync(node, deal, pulled));
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Equal(40 - RowsOf("0000-"), pulled.Records.Count());
    }

    [Fact]
    public async Task Counts_that_could_not_be_read_for_a_moment_are_read_again_and_not_replaced_by_what_a_later_library_counts()
    {
        var counter = new LaterRelease();
        await using var node = await StartAsync(builder =>
        {
            var inner = builder.Services.Last(service => service.ServiceType == typeof(ITokenCounter)).ImplementationFactory!;
            builder.Services.Replace(ServiceDescriptor.Singleton<ITokenCounter>(provider => counter.Over((ITokenCounter)inner(provider))));
        });
        var deal = await node.Calls.AddDealAsync(Partner, "pact", TestCalls.TermsByTokens());
        var first = new PulledStream();
        await PullAsync(node, deal, first);
        Assert.Equal(40, first.Records.Count());
        var objects = Path.Combine(node.Node.DataDirectory, "objects");
        await node.RestartAsync(() => (counter.Objects, counter.IsOnce) = (objects, true)); // another release, and too many open files for a moment

        RpcException? last = null;
        for (var attempt = 0; attempt < 40; attempt++)
        {
            try
            {
                var again = new PulledStream();
                await PullAsync(node, deal, again);
                Assert.Equal(40, again.Records.Count()); // resent
                return;
            }
            catch (RpcException failure) when (failure.StatusCode is StatusCode.DataLoss or StatusCode.Unavailable)
            {
                last = failure;
            }
        }

        Assert.Fail($"Counted again {counter.Counts} times: {last!.Status.Detail}");
    }

    private static int RowsOf(string segment) => Users.Count(user => segment.StartsWith($"{PartitionKeys.IndexOf(user, 4):x4}-", StringComparison.Ordinal));

    private static async Task PullAsync(TestNode node, string deal, PulledStream pulled)
    {
        using var call = node.Calls.Pulls.Pull(new PullRequest { Deal = deal }, node.Calls.AsPartner(Partner));
        await foreach (var message in call.ResponseStream.ReadAllAsync()) pulled.Take(message);
    }

    private static async Task<TestNode> StartAsync(Action<WebApplicationBuilder>? configure)
    {
        var node = await TestNode.StartAsync(builder =>
        {
            builder.Services.PostConfigure<PullOptions>(options => options.TokenWaitSecondsMax = 2);
            builder.Services.PostConfigure<TokenOptions>(options => options.RetryAfter = TimeSpan.FromSeconds(1));
            configure?.Invoke(builder);
        });
        await node.Calls.AddPlatformAsync(partitionCount: 4);
        await node.Calls.ImportAsync(Users.Select(user => TestCalls.Post($"post-{user}", user, "some text")));
        foreach (var user in Users) await node.Calls.DecideAsync(user, ConsentChoice.Grant, TestCalls.Past);
        return node;
    }

    /// <summary>A counter that cannot count some segments.</summary>
    private sealed class PickyCounter(Func<SegmentRef, bool> refuses) : ITokenCounter
    {
        private ITokenCounter _inner = null!;

        public Func<SegmentRef, bool> Refuses { get; set; } = refuses;

        public void Register(WebApplicationBuilder builder)
        {
            var inner = builder.Services.Last(service => service.ServiceType == typeof(ITokenCounter)).ImplementationFactory!;
            builder.Services.Replace(ServiceDescriptor.Singleton<ITokenCounter>(provider =>
            {
                _inner = (ITokenCounter)inner(provider);
                return this;
            }));
        }

        public Task<CountedTokens> CountAsync(SegmentRef segment, string tokenizer, CancellationToken cancellationToken) =>
            Refuses(segment) ? throw new SegmentUnavailableException(segment.Id, "No space left on device") : _inner.CountAsync(segment, tokenizer, cancellationToken);

        public Task<TokenCounts> OpenAsync(SegmentRef segment, SegmentTokens tokens, CancellationToken cancellationToken) => _inner.OpenAsync(segment, tokens, cancellationToken);
    }

    /// <summary>Counts a token more in each segment than the release before it; the first time that it opens counts they cannot be read.</summary>
    private sealed class LaterRelease : ITokenCounter
    {
        private ITokenCounter _inner = null!;

        public string? Objects { get; set; }

        public bool IsOnce { get; set; }

        public int Counts { get; private set; }

        public LaterRelease Over(ITokenCounter inner)
        {
            _inner = inner;
            return this;
        }

        public async Task<CountedTokens> CountAsync(SegmentRef segment, string tokenizer, CancellationToken cancellationToken)
        {
            var counted = await _inner.CountAsync(segment, tokenizer, cancellationToken);
            if (Objects is null) return counted;
            Counts++;
            var path = Directory.GetFiles(Objects, $"{segment.Id}.{tokenizer}-*", SearchOption.AllDirectories).Single();
            var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
            bytes[^8]++; // the sum of the texts' tokens, little endian
            await File.WriteAllBytesAsync(path, bytes, cancellationToken);
            return counted with { Tokens = new SegmentTokens(tokenizer, [.. System.Security.Cryptography.SHA256.HashData(bytes)]) };
        }

        public Task<TokenCounts> OpenAsync(SegmentRef segment, SegmentTokens tokens, CancellationToken cancellationToken)
        {
            if (!IsOnce) return _inner.OpenAsync(segment, tokens, cancellationToken);
            IsOnce = false;
            throw new SegmentCorruptException(segment.Id, "Too many open files.");
        }
    }
}
