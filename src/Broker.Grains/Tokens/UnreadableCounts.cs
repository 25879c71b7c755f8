using Broker.Domain.Tokens;
using Broker.Grains.Segments;

namespace Broker.Grains.Tokens;

/// <summary>Stands for counts of tokens that are missing, or are not what the log says: what needs them fails by the segment's name, and nothing else does.</summary>
/// <param name="segment">The segment's id.</param>
/// <param name="tokenizer">Who counted.</param>
/// <param name="why">What is wrong with them.</param>
internal sealed class UnreadableCounts(string segment, string tokenizer, SegmentCorruptException why) : TokenCounts
{
    public override string SegmentId => segment;

    public override string Tokenizer => tokenizer;

    public override bool IsReadable => false;

    protected override (long Title, long Text) SumsOf(int from, int to) =>
        throw new SegmentCorruptException(segment, "the counts of its tokens cannot be read; they are counted again.", why);
}
