using Broker.Domain.Partitions;
using Broker.Domain.Tokens;
using Broker.Grains.Segments;
using Broker.Grains.Tokens;
using Broker.Storage.Tests.Imports;
using Broker.Storage.Tests.Merges;
using Broker.Storage.Tokens;
using Microsoft.Extensions.Options;

namespace Broker.Storage.Tests.Tokens;

/// <summary>Counts of tokens that cannot be had any more, as when a later release's tokenizer counts another way than the one that the log named.</summary>
public sealed class UnreadableCountsTests : IDisposable
{
    private readonly MergeWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task A_user_s_text_is_gone_after_the_deadline_although_the_counts_of_its_segment_are_lost()
    {
        await _world.World.ImportAsync(ImportWorld.Post("a", "u0", "the text of u0"), ImportWorld.Post("b", "u1", "the text of u1"));
        var segment = Assert.Single(_world.State.Segments);
        await NameCountsThatNobodyCanMakeAsync(segment);
        _world.World.Partitions.Erase("u0");

        await _world.MergeAllAsync();
        await _world.DeleteRetiredAsync();
        Assert.False(_world.IsAnywhere("the text of u0"));
        Assert.True(_world.IsAnywhere("the text of u1"));
    }

    /// <summary>An older release counted otherwise; then its file was lost.</summary>
    private async Task NameCountsThatNobodyCanMakeAsync(PartitionSegment segment)
    {
        using var counter = new TokenCounter(_world.World.Store, Options.Create(new TokenOptions()), _world.World.Time, _world.World.Temporary);
        var named = (await counter.CountAsync(RefOf(segment), Tokenizers.O200k, CancellationToken.None)).Tokens;
        _world.State.Attach(await counter.OpenAsync(RefOf(segment), named, CancellationToken.None));
        _world.World.Partitions.Do(0, state => TokenRules.Count(state, segment.Info.Id, new SegmentTokens(named.Tokenizer, [.. named.Digest.Reverse()])));
        _world.State.Attach(new LostCounts(segment.Info.Id)); // as a grain does that cannot open them
    }

    private sealed class LostCounts(string segment) : TokenCounts
    {
        public override string SegmentId => segment;

        public override string Tokenizer => Tokenizers.O200k;

        public override bool IsReadable => false;

        protected override (long Title, long Text) SumsOf(int from, int to) => throw new SegmentCorruptException(segment, "lost");
    }

    private static SegmentRef RefOf(PartitionSegment segment) => new(ImportWorld.Platform, segment.Info.Dataset, segment.Info.Id, segment.Info.Digest.AsMemory());
}
