using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;
using Broker.Grains.Segments;
using Broker.Grains.Tokens;
using Broker.Storage.Segments;
using Broker.Storage.Tests.Imports;
using Broker.Storage.Tests.Merges;
using Broker.Storage.Tokens;
using Microsoft.Extensions.Options;

namespace Broker.Storage.Tests.Tokens;

public sealed class TokenCounterTests : IDisposable
{
    private readonly MergeWorld _world = new();
    private readonly TokenCounter _counter;

    public TokenCounterTests() => _counter = CounterOver(_world.World.Store);

    public void Dispose()
    {
        _counter.Dispose();
        _world.Dispose();
    }

    [Fact]
    public async Task Each_row_has_the_tokens_of_its_title_and_text_and_any_run_their_sum()
    {
        await _world.World.ImportAsync([.. Enumerable.Range(0, 40).Select(number => Post($"r{number}", $"u{number % 5}", $"Title {number}", string.Join(' ', Enumerable.Repeat("Grüße, 世界!", number))))]);
        var segment = Assert.Single(_world.State.Segments);
        var content = await _world.World.Store.OpenAsync(RefOf(segment), CancellationToken.None);
        foreach (var name in Tokenizers.All)
        {
            var counted = await _counter.CountAsync(RefOf(segment), name, CancellationToken.None);
            var counts = await _counter.OpenAsync(RefOf(segment), counted.Tokens, CancellationToken.None);
            var tokenizer = TextTokenizer.Of(name);
            var (titles, texts) = (Sums(content, RecordFields.Title, tokenizer), Sums(content, RecordFields.Text, tokenizer));
            foreach (var (from, to) in new[] { (0, 40), (0, 1), (39, 40), (7, 7), (11, 30) })
            {
                Assert.Equal(titles[to] - titles[from] + texts[to] - texts[from], counts.Of(from, to, FieldPolicy.Everything));
                Assert.Equal(texts[to] - texts[from], counts.Of(from, to, new FieldPolicy(RecordFields.Title, RecordFields.None)));
                Assert.Equal(titles[to] - titles[from], counts.Of(from, to, new FieldPolicy(RecordFields.Text, RecordFields.None)));
                Assert.Equal(0, counts.Of(from, to, new FieldPolicy(RecordFields.Text, RecordFields.Title)));
            }

            Assert.Equal((titles[40] + texts[40], name), (counted.Total, counts.Tokenizer));
            Assert.Throws<ArgumentOutOfRangeException>(() => counts.Of(0, 41, FieldPolicy.Everything));
        }
    }

    [Fact]
    public async Task Counting_again_gives_the_same_bytes_and_leaves_nothing_else_behind()
    {
        await _world.World.ImportAsync(Post("a", "u0", "T", "one two three"));
        var segment = Assert.Single(_world.State.Segments);
        var first = await _counter.CountAsync(RefOf(segment), Tokenizers.O200k, CancellationToken.None);
        var files = _world.World.Files;
        var again = await CounterOver(_world.World.Store).CountAsync(RefOf(segment), Tokenizers.O200k, CancellationToken.None);

        Assert.Equal(first.Tokens.Digest.AsSpan(), again.Tokens.Digest.AsSpan());
        Assert.Equal(files, _world.World.Files);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(-1)]
    public async Task Counts_with_a_flipped_bit_or_none_at_all_are_told_by_the_segment_s_name(int place)
    {
        await _world.World.ImportAsync(Post("a", "u0", "T", "one two three"));
        var segment = Assert.Single(_world.State.Segments);
        var counted = await _counter.CountAsync(RefOf(segment), Tokenizers.O200k, CancellationToken.None);
        var path = Assert.Single(Directory.GetFiles(_world.World.Objects, $"*.{Tokenizers.O200k}-*", SearchOption.AllDirectories));
        if (place < 0)
        {
            File.Delete(path);
        }
        else
        {
            var bytes = File.ReadAllBytes(path);
            bytes[place] ^= 1;
            File.WriteAllBytes(path, bytes);
        }

        var corrupt = await Assert.ThrowsAsync<SegmentCorruptException>(() => _counter.OpenAsync(RefOf(segment), counted.Tokens, CancellationToken.None));
        Assert.Equal(segment.Info.Id, corrupt.Segment);
    }

    [Fact]
    public async Task A_merge_copies_the_counts_and_they_are_those_that_counting_its_output_would_give()
    {
        for (var import = 0; import < 3; import++)
        {
            await _world.World.ImportAsync([.. Enumerable.Range(0, 6).Select(number => Post($"r{number}-{import}", $"u{number % 4}", $"T{import}", $"some text {number} of {import}"))]);
            foreach (var segment in _world.State.Segments.Where(segment => segment.Tokens.IsEmpty).ToList())
                foreach (var name in import == 1 ? Tokenizers.All : Tokenizers.All.Reverse()) // in whichever order they were counted
                    await CountAsync(segment, name);
        }

        _world.World.Partitions.Remove("r1-1");
        _world.World.Partitions.Erase("u2");
        Assert.Equal(1, await _world.MergeAllAsync());

        var (records, remnants) = (_world.State.Segments.Single(segment => !segment.IsRemnants), _world.State.Segments.Single(segment => segment.IsRemnants));
        Assert.Empty(remnants.Tokens);
        Assert.Equal(Tokenizers.All.Order(StringComparer.Ordinal), records.Tokens.Select(tokens => tokens.Tokenizer).Order(StringComparer.Ordinal));
        foreach (var tokens in records.Tokens)
            Assert.Equal(tokens.Digest.AsEnumerable(), (await _counter.CountAsync(RefOf(records), tokens.Tokenizer, CancellationToken.None)).Tokens.Digest.AsEnumerable());
    }

    [Fact]
    public async Task With_a_merged_segment_go_its_counts_named_by_the_log_or_not()
    {
        for (var import = 0; import < 2; import++) await _world.World.ImportAsync(Post($"r{import}", "u0", "T", "text"));
        foreach (var segment in _world.State.Segments.ToList()) await CountAsync(segment, Tokenizers.O200k);
        await _counter.CountAsync(RefOf(_world.State.Segments[0]), Tokenizers.Cl100k, CancellationToken.None); // killed before it was named
        await _world.MergeAllAsync();
        await _world.DeleteRetiredAsync();

        var id = Assert.Single(_world.State.Segments).Info.Id;
        Assert.Equal([".arrow", ".ids", $".{Tokenizers.O200k}-"], _world.Objects.Select(name => name.StartsWith(id, StringComparison.Ordinal) ? name[id.Length..].Split('-')[0] + (name[id.Length..].Contains('-') ? "-" : "") : name));
    }

    private async Task CountAsync(PartitionSegment segment, string tokenizer)
    {
        var counted = await _counter.CountAsync(RefOf(segment), tokenizer, CancellationToken.None);
        _world.State.Attach(await _counter.OpenAsync(RefOf(segment), counted.Tokens, CancellationToken.None));
        _world.World.Partitions.Do(0, state => TokenRules.Count(state, segment.Info.Id, counted.Tokens));
    }

    private TokenCounter CounterOver(SegmentStore store) => new(store, Options.Create(new TokenOptions()), _world.World.Time, _world.World.Temporary);

    private static long[] Sums(SegmentContent content, RecordFields field, TextTokenizer tokenizer)
    {
        var sums = new long[content.Count + 1];
        for (var row = 0; row < content.Count; row++)
            sums[row + 1] = sums[row] + tokenizer.Count(System.Text.Encoding.UTF8.GetString(content.FieldAt(field, row)));
        return sums;
    }

    private static SourceItem Post(string id, string user, string title, string text) => SourceItem.Accept(ImportWorld.Record(id, user, text) with { Title = title });

    private static SegmentRef RefOf(PartitionSegment segment) => new(ImportWorld.Platform, segment.Info.Dataset, segment.Info.Id, segment.Info.Digest.AsMemory());
}
