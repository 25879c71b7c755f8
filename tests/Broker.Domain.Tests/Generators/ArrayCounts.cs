using System.Collections.Immutable;
using System.Text;
using Broker.Domain.Tokens;

namespace Broker.Domain.Tests.Generators;

/// <summary>Counts of tokens over an array: each record with text has one token more by the second tokenizer.</summary>
internal sealed class ArrayCounts(ArrayRows rows, string tokenizer) : TokenCounts
{
    public override string SegmentId => rows.SegmentId;

    public override string Tokenizer => tokenizer;

    /// <summary>How the log names them.</summary>
    public static SegmentTokens Named(string segment, string tokenizer) => new(tokenizer, [.. Encoding.UTF8.GetBytes($"{segment} {tokenizer}")]);

    protected override (long Title, long Text) SumsOf(int from, int to)
    {
        var counted = Enumerable.Range(from, to - from).Select(row => rows[row].Tokens).ToImmutableArray();
        return (counted.Sum(tokens => tokens.Title), counted.Sum(tokens => tokens.Text) + (tokenizer == Tokenizers.Cl100k ? counted.Count(tokens => tokens.Text > 0) : 0));
    }
}
