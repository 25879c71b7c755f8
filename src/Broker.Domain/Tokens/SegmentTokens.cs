using System.Collections.Immutable;

namespace Broker.Domain.Tokens;

/// <summary>Counts of a segment's tokens, as the log names them.</summary>
/// <param name="Tokenizer">The tokenizer that counted (<see cref="Tokenizers"/>).</param>
/// <param name="Digest">SHA-256 of the object that holds the numbers.</param>
public sealed record SegmentTokens(string Tokenizer, ImmutableArray<byte> Digest);
