using Broker.Domain.Tokens;
using Microsoft.ML.Tokenizers;

namespace Broker.Storage.Tokens;

/// <summary>Counts a text's tokens by one tokenizer, in time that grows with its length whatever stands in it. Safe for any number of threads.</summary>
/// <remarks>
/// Byte-pair encoding merges within a word, and takes the square of its length: a post that is one word of a million letters takes minutes, one of
/// four million an hour, and anybody may write one. So a stretch without a change between white space and anything else is counted in pieces of
/// <see cref="StretchMax"/> characters: every text whose stretches are shorter has exactly the tokens that the tokenizer gives it; in any other each
/// cut may cost a token or two.
/// </remarks>
internal sealed class TextTokenizer
{
    /// <summary>Longest stretch that is counted in one piece, UTF-16 characters.</summary>
    public const int StretchMax = 2_048;

    private static readonly Dictionary<string, Lazy<TextTokenizer>> Known =
        Tokenizers.All.ToDictionary(name => name, name => new Lazy<TextTokenizer>(() => new TextTokenizer(name)), StringComparer.Ordinal);

    private readonly TiktokenTokenizer _tokenizer;

    private TextTokenizer(string name) => _tokenizer = TiktokenTokenizer.CreateForEncoding(name);

    /// <summary>The tokenizer of that name: made once in a process, for its vocabulary takes 20 MB.</summary>
    /// <exception cref="ArgumentException">None is known by it.</exception>
    public static TextTokenizer Of(string name) =>
        Known.TryGetValue(name, out var tokenizer) ? tokenizer.Value : throw new ArgumentException($"No tokenizer '{name}' is known.", nameof(name));

    /// <summary>How many tokens the text has.</summary>
    public long Count(ReadOnlySpan<char> text)
    {
        var (tokens, start, stretch) = (0L, 0, 0);
        for (var at = 1; at < text.Length; at++)
        {
            if (char.IsWhiteSpace(text[at]) != char.IsWhiteSpace(text[at - 1])) stretch = at;
            if (at - stretch < StretchMax || char.IsLowSurrogate(text[at])) continue;
            tokens += _tokenizer.CountTokens(text[start..at]);
            start = stretch = at;
        }

        return tokens + _tokenizer.CountTokens(text[start..]);
    }
}
