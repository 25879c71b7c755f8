using Broker.Domain.Tokens;
using Broker.Grains.Segments;

namespace Broker.Grains.Tokens;

/// <summary>The port to counting tokens. It decides nothing: what it counts counts once a partition's log names it.</summary>
public interface ITokenCounter
{
    /// <summary>Counts the tokens of a segment's records and publishes the numbers beside it, at most as fast as the node's bound allows. The same segment
    /// and tokenizer give the same bytes.</summary>
    /// <param name="segment">The segment, of records.</param>
    /// <param name="tokenizer">One of <see cref="Tokenizers"/>.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="SegmentCorruptException">The segment is missing, or is not what the log says.</exception>
    /// <exception cref="SegmentUnavailableException">The object store does not answer, or a disk is full.</exception>
    Task<CountedTokens> CountAsync(SegmentRef segment, string tokenizer, CancellationToken cancellationToken);

    /// <summary>Opens the numbers that a log names, checked against their digest.</summary>
    /// <exception cref="SegmentCorruptException">They are missing, or are not what the log says.</exception>
    /// <exception cref="SegmentUnavailableException">The object store does not answer, or there is no room for a local copy.</exception>
    Task<TokenCounts> OpenAsync(SegmentRef segment, SegmentTokens tokens, CancellationToken cancellationToken);
}

/// <summary>What was counted.</summary>
/// <param name="Tokens">What the log will say of it.</param>
/// <param name="Total">All of the segment's tokens.</param>
public sealed record CountedTokens(SegmentTokens Tokens, long Total);
