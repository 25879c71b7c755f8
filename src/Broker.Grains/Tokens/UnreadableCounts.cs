using Broker.Domain.Tokens;
using Broker.Grains.Segments;

namespace Broker.Grains.Tokens;

/// <summary>Stands for counts of tokens that are missing, or are not what the log says: what needs them fails by the segment's name, and nothing else does.</summary>
/// <param name="segment">The segment.</param>
/// <param name="tokens">The counts as the log names them.</param>
/// <param name="why">What is wrong with them.</param>
internal sealed class UnreadableCounts(SegmentRef segment, SegmentTokens tokens, SegmentCorruptException why) : TokenCounts
{
    public override string SegmentId => segment.Id;

    public override string Tokenizer => tokens.Tokenizer;

    /// <summary>The segment.</summary>
    public SegmentRef Segment => segment;

    /// <summary>The counts as the log names them.</summary>
    public SegmentTokens Tokens => tokens;

    protected override (long Title, long Text) SumsOf(int from, int to) =>
        throw new SegmentCorruptException(segment.Id, "the counts of its tokens cannot be read; they are counted again.", why);
}
