namespace Broker.Domain.Tokens;

/// <summary>The tokenizers that a contract may name: byte-pair encodings with a published vocabulary, so that both sides count the same.</summary>
public static class Tokenizers
{
    /// <summary>199,997 tokens and a pattern for words of many scripts (GPT-4o).</summary>
    public const string O200k = "o200k_base";

    /// <summary>100,256 tokens (GPT-4).</summary>
    public const string Cl100k = "cl100k_base";

    /// <summary>Every one that is known.</summary>
    public static IReadOnlyList<string> All { get; } = [O200k, Cl100k];
}
