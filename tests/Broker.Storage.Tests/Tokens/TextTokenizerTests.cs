using Broker.Domain.Tokens;
using Broker.Storage.Tokens;
using CsCheck;
using Microsoft.ML.Tokenizers;

namespace Broker.Storage.Tests.Tokens;

public sealed class TextTokenizerTests
{
    [Theory]
    [InlineData(Tokenizers.O200k, "hello world", 2)]
    [InlineData(Tokenizers.Cl100k, "hello world", 2)]
    [InlineData(Tokenizers.O200k, "", 0)]
    [InlineData(Tokenizers.O200k, "antidisestablishmentarianism", 6)] // the encodings' own documentation (openai-cookbook)
    [InlineData(Tokenizers.Cl100k, "antidisestablishmentarianism", 6)]
    [InlineData(Tokenizers.O200k, "お誕生日おめでとう", 8)]
    [InlineData(Tokenizers.Cl100k, "お誕生日おめでとう", 9)]
    public void Counts_are_those_that_the_encodings_are_published_with(string tokenizer, string text, long tokens) =>
        Assert.Equal(tokens, TextTokenizer.Of(tokenizer).Count(text));

    [Fact]
    public void Text_of_ordinary_words_has_exactly_the_tokenizer_s_count() => Gen.String[Gen.Char["ab é世🦊\n\t.,!7_-"], 0, 1_500].Sample(
        text =>
        {
            foreach (var tokenizer in Tokenizers.All) Assert.Equal(Library(tokenizer).CountTokens(text), TextTokenizer.Of(tokenizer).Count(text));
        },
        iter: 300);

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("世")]
    [InlineData("!")]
    public void A_stretch_without_an_end_is_counted_in_pieces_and_each_has_its_own_count(string letter)
    {
        const int Pieces = 500; // of one word: hours, were it counted at once
        var piece = string.Concat(Enumerable.Repeat(letter, TextTokenizer.StretchMax));
        Assert.Equal(
            Pieces * Library(Tokenizers.O200k).CountTokens(piece),
            TextTokenizer.Of(Tokenizers.O200k).Count(string.Concat(Enumerable.Repeat(piece, Pieces))));
    }

    [Fact]
    public void Only_the_long_stretch_is_cut_and_never_within_a_character()
    {
        var foxes = string.Concat(Enumerable.Repeat("🦊", TextTokenizer.StretchMax)); // two UTF-16 units each
        var text = "One odd start: x" + foxes + " and an end.";
        var cut = "One odd start: ".Length + TextTokenizer.StretchMax; // the stretch begins at the x, so that each cut would split a fox
        Assert.True(char.IsLowSurrogate(text[cut]));
        var expected = Library(Tokenizers.O200k).CountTokens(text[..(cut + 1)])
            + Library(Tokenizers.O200k).CountTokens(text[(cut + 1)..(cut + 1 + TextTokenizer.StretchMax)])
            + Library(Tokenizers.O200k).CountTokens(text[(cut + 1 + TextTokenizer.StretchMax)..]);
        Assert.Equal(expected, TextTokenizer.Of(Tokenizers.O200k).Count(text));
    }

    [Fact]
    public void A_tokenizer_that_nobody_knows_is_refused() => Assert.Throws<ArgumentException>(() => TextTokenizer.Of("gpt2"));

    private static TiktokenTokenizer Library(string name) => Known[name];

    private static readonly Dictionary<string, TiktokenTokenizer> Known = Tokenizers.All.ToDictionary(name => name, name => TiktokenTokenizer.CreateForEncoding(name));
}
