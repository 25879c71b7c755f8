using System.Collections.Immutable;
using Broker.Domain.Tokens;

namespace Broker.Domain.Deals;

/// <summary>One version of a licensing contract.</summary>
public sealed record ContractTerms
{
    /// <summary>What is licensed.</summary>
    public required Scope Scope { get; init; }

    /// <summary>What it costs.</summary>
    public required Price Price { get; init; }

    /// <summary>The limits; none means that only the term ends it.</summary>
    public ImmutableArray<QuotaLimit> Limits { get; init; } = [];

    /// <summary>The term's start, UTC.</summary>
    public required DateTimeOffset TermStart { get; init; }

    /// <summary>The term's end, UTC, excluded.</summary>
    public required DateTimeOffset TermEnd { get; init; }

    /// <summary>The IANA time zone whose days and months the limits count.</summary>
    public string TimeZone { get; init; } = "Etc/UTC";

    /// <summary>How long a partner has to answer a recall; 24 hours unless the contract says otherwise.</summary>
    public TimeSpan RecallDeadline { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Whether the partner must delete everything when the deal ends.</summary>
    public bool DeleteAtEnd { get; init; }

    /// <summary>The tokenizer that counts tokens (<see cref="Tokenizers"/>); empty where nothing is counted by tokens.</summary>
    public string Tokenizer { get; init; } = "";

    /// <summary>Whether anything depends on tokens: only records whose tokens are counted can be released then.</summary>
    public bool CountsTokens => Tokenizer.Length > 0;

    /// <summary>What records, bytes and tokens come to under this contract.</summary>
    /// <exception cref="OverflowException">The charge does not fit in 64 bits.</exception>
    public Amounts AmountsOf(long records, long bytes, long tokens) => new(records, bytes, tokens, Price.CostOf(records, bytes, tokens));
}
