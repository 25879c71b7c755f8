using Broker.Domain.Tokens;
using Broker.Gateway.Pulls;
using Broker.Grains.Segments;
using Broker.Grains.Tokens;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.ML.Tokenizers;
using Record = Broker.Protos.V1.Record;

namespace Broker.EndToEnd.Nodes;

/// <summary>Deals by tokens over a whole node. The tests count what came by the library itself, and know nothing of the product's counts.</summary>
public sealed class TokenTests
{
    private const string Partner = "lab";

    private static readonly TiktokenTokenizer Tokenizer = TiktokenTokenizer.CreateForEncoding(Tokenizers.O200k);

    [Fact]
    public async Task What_is_charged_are_the_tokens_of_what_came_over_either_protocol_and_the_price_of_each_slice()
    {
        await using var node = await StartAsync();
        var (typed, flown) = (await node.Calls.AddDealAsync(Partner, "pact", TestCalls.TermsByTokens()), await node.Calls.AddDealAsync("rival", "other", TestCalls.TermsByTokens()));
        var pull = await node.Calls.PullAsync(typed, Partner, sliceRecords: 7);
        var flight = await node.Calls.PullFlightAsync(flown, "rival");

        Assert.Equal(90, pull.Records.Count());
        Assert.All(pull.Slices, slice =>
        {
            Assert.Equal(CountOf(slice.Records), slice.Begin.Amounts.TokenCount);
            Assert.Equal((slice.Begin.Amounts.TokenCount * 50_000 + 999) / 1_000, slice.Begin.Amounts.MoneyMicros);
        });
        Assert.Equal(CountOf(pull.Records), pull.Summary!.Charged.TokenCount);
        Assert.Equal(CountOf(pull.Records), flight.Summaries.Sum(summary => summary.Charged.TokenCount));
        foreach (var (deal, partner) in new[] { (typed, Partner), (flown, "rival") })
            Assert.Equal(CountOf(pull.Records), (await node.Calls.UsageAsync(deal, partner)).Posted.TokenCount);
    }

    [Fact]
    public async Task A_quota_of_tokens_is_sold_to_the_last_record_that_fits_and_what_has_none_still_comes()
    {
        await using var node = await StartAsync(partitionCount: 1);
        var deal = await node.Calls.AddDealAsync(Partner, "pact", TestCalls.TermsByTokens(TokensInAll(500)));
        var pulled = await node.Calls.PullAsync(deal, Partner, sliceRecords: 9);

        Assert.Equal((PullEndReason.QuotaExceeded, "tokens/term"), (pulled.Summary!.Reason, pulled.Summary.ExhaustedLimit));
        var tokens = CountOf(pulled.Records);
        var others = await node.Calls.AddDealAsync("rival", "all", TestCalls.TermsByTokens());
        var all = (await node.Calls.PullAsync(others, "rival")).Records.ToList();
        Assert.Equal(all.Take(pulled.Records.Count()).Select(record => record.Id), pulled.Records.Select(record => record.Id));
        Assert.InRange(tokens, 1, 500);
        Assert.True(tokens + CountOf([all[pulled.Records.Count()]]) > 500); // the next record would not have fitted
        Assert.Equal(tokens, (await node.Calls.UsageAsync(deal, Partner)).Posted.TokenCount);
    }

    [Fact]
    public async Task A_stream_that_follows_brings_new_records_once_they_are_counted()
    {
        await using var node = await StartAsync(configure: builder => builder.Services.PostConfigure<PullOptions>(options => (options.FollowProbeSeconds, options.FollowDelayMilliseconds) = (1, 50)));
        var deal = await node.Calls.AddDealAsync(Partner, "pact", TestCalls.TermsByTokens());
        using var call = node.Calls.Pulls.Pull(new PullRequest { Deal = deal, Follow = true }, node.Calls.AsPartner(Partner));
        var (pulled, hasAdded) = (new PulledStream(), false);
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            if (message.Heartbeat is null) pulled.Take(message);
            if (pulled.Records.Count() == 90 && !hasAdded)
            {
                hasAdded = true;
                await node.Calls.ImportAsync([TestCalls.Post("fresh", "user-0", "Fresh words, counted before they leave.")]);
            }

            if (pulled.Records.Any(record => record.Id == "fresh")) break;
        }

        var slice = pulled.Slices.Single(slice => slice.Records.Any(record => record.Id == "fresh"));
        Assert.Equal(CountOf(slice.Records), slice.Begin.Amounts.TokenCount);
    }

    [Fact]
    public async Task Counts_that_are_broken_or_gone_are_counted_again_and_what_is_resent_and_charged_stays_the_same()
    {
        await using var node = await StartAsync();
        var deal = await node.Calls.AddDealAsync(Partner, "pact", TestCalls.TermsByTokens());
        var first = await node.Calls.PullAsync(deal, Partner);
        var objects = Path.Combine(node.Node.DataDirectory, "objects");
        var files = Directory.GetFiles(objects, $"*.{Tokenizers.O200k}-*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        var whole = await File.ReadAllBytesAsync(files[0]);
        await node.RestartAsync(() =>
        {
            var broken = (byte[])whole.Clone();
            broken[^1] ^= 1;
            File.WriteAllBytes(files[0], broken);
            File.Delete(files[1]);
        });

        var again = await UntilAsync(() => node.Calls.PullAsync(deal, Partner));
        Assert.Equal(CountOf(first.Records), CountOf(again.Records));
        Assert.All(again.Slices, slice => Assert.Equal(CountOf(slice.Records), slice.Begin.Amounts.TokenCount));
        Assert.Equal(0, again.Summary!.Charged.TokenCount); // not confirmed: free
        Assert.Equal(CountOf(first.Records), (await node.Calls.UsageAsync(deal, Partner)).Posted.TokenCount);
        Assert.Equal(whole, await File.ReadAllBytesAsync(files[0]));
        Assert.True(File.Exists(files[1]));
    }

    [Fact]
    public async Task A_pull_whose_tokens_nobody_can_count_says_so_charges_nothing_and_goes_on_when_somebody_can()
    {
        var counter = new StubbornCounter();
        await using var node = await StartAsync(configure: builder =>
        {
            builder.Services.PostConfigure<PullOptions>(options => options.TokenWaitSecondsMax = 1);
            builder.Services.PostConfigure<TokenOptions>(options => options.RetryAfter = TimeSpan.FromSeconds(1));
            var inner = builder.Services.Last(service => service.ServiceType == typeof(ITokenCounter)).ImplementationFactory!;
            builder.Services.Replace(ServiceDescriptor.Singleton<ITokenCounter>(provider => counter.Over((ITokenCounter)inner(provider))));
        });
        var deal = await node.Calls.AddDealAsync(Partner, "pact", TestCalls.TermsByTokens());
        var refused = await Assert.ThrowsAsync<RpcException>(() => node.Calls.PullAsync(deal, Partner));
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        var status = refused.GetRpcStatus()!;
        Assert.Equal("TOKENS_NOT_COUNTED", status.GetDetail<Google.Rpc.ErrorInfo>()!.Reason);
        Assert.NotNull(status.GetDetail<Google.Rpc.RetryInfo>());
        Assert.Contains("records of this pull wait until their tokens are counted", status.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await node.Calls.UsageAsync(deal, Partner)).Posted.RecordCount);

        counter.IsStubborn = false;
        Assert.Equal(90, (await UntilAsync(() => node.Calls.PullAsync(deal, Partner))).Records.Count());
    }

    private static QuotaLimit TokensInAll(long amount) => new() { Measure = QuotaMeasure.Tokens, Window = QuotaWindow.Term, Amount = amount };

    private static long CountOf(IEnumerable<Record> records) => records.Sum(record => (long)Tokenizer.CountTokens(record.Title) + Tokenizer.CountTokens(record.Text));

    /// <summary>Asks again while the answer is that it will be possible later: each answer takes its own time.</summary>
    private static async Task<PulledStream> UntilAsync(Func<Task<PulledStream>> pull)
    {
        while (true)
        {
            try
            {
                return await pull();
            }
            catch (RpcException failure) when (failure.StatusCode is StatusCode.Unavailable or StatusCode.DataLoss)
            {
                // Not counted yet.
            }
        }
    }

    private static async Task<TestNode> StartAsync(int partitionCount = 2, Action<WebApplicationBuilder>? configure = null)
    {
        var node = await TestNode.StartAsync(configure);
        await node.Calls.AddPlatformAsync(partitionCount);
        await node.Calls.ImportAsync([.. Enumerable.Range(0, 90).Select(number => new Record(TestCalls.Post($"p{number}", $"user-{number % 6}", number % 10 == 0 ? "" : string.Join(' ', Enumerable.Repeat($"Wörter zählen {number}, 世界!", 1 + number % 7))))
        {
            Title = number % 3 == 0 ? $"Title {number}" : "",
        })]);
        for (var user = 0; user < 6; user++) await node.Calls.DecideAsync($"user-{user}", ConsentChoice.Grant, TestCalls.Past);
        return node;
    }

    /// <summary>A counter that cannot count for a while, as with a full disk.</summary>
    private sealed class StubbornCounter : ITokenCounter
    {
        private ITokenCounter _inner = null!;

        public volatile bool IsStubborn = true;

        public StubbornCounter Over(ITokenCounter inner)
        {
            _inner = inner;
            return this;
        }

        public Task<CountedTokens> CountAsync(SegmentRef segment, string tokenizer, CancellationToken cancellationToken) =>
            IsStubborn ? throw new SegmentUnavailableException(segment.Id, "No space left on device") : _inner.CountAsync(segment, tokenizer, cancellationToken);

        public Task<TokenCounts> OpenAsync(SegmentRef segment, SegmentTokens tokens, CancellationToken cancellationToken) => _inner.OpenAsync(segment, tokens, cancellationToken);
    }
}
