using System.Collections.Immutable;
using Broker.Auditor.Deals;
using Broker.Protos.Log.V1;

namespace Broker.Auditor;

/// <summary>What the auditor looks at in a contract's terms.</summary>
internal sealed class Terms
{
    private const uint TitleField = 8;
    private const uint TextField = 16;

    private readonly ContractTerms _terms;
    private readonly Scope _scope;
    private readonly Price _price;

    public Terms(ContractTerms terms)
    {
        _terms = terms;
        (_scope, _price) = (terms.Scope ?? new Scope(), terms.Price ?? new Price());
        (TermEndTicks, RecallDeadlineTicks) = (terms.TermEndTicks, terms.RecallDeadlineTicks);
        Limits = [.. terms.Limits.Select(limit => new Limit((Unit)limit.Dimension, (Period)limit.Period, limit.Amount))];
    }

    public bool DeleteAtEnd => _terms.DeleteAtEnd;

    public uint Kinds => _scope.Kinds;

    public uint Purposes => _scope.Purposes;

    public long TermEndTicks { get; }

    public long RecallDeadlineTicks { get; }

    public ImmutableArray<Limit> Limits { get; }

    public string Currency => _price.Currency;

    public bool Admits(string dataset, int kind) => Masks.Has(Kinds, kind) && _scope.Datasets.Contains(dataset);

    public bool Admits(string dataset, int kind, AuditRow row) =>
        Admits(dataset, kind)
        && (_scope.Languages.Count == 0 || _scope.Languages.Contains(row.Language))
        && (!_scope.HasCreatedFromTicks || row.CreatedAtMs >= Milliseconds(_scope.CreatedFromTicks))
        && (!_scope.HasCreatedBeforeTicks || row.CreatedAtMs < Milliseconds(_scope.CreatedBeforeTicks));

    /// <summary>The tokenizer that counts; empty where nothing is counted by tokens.</summary>
    public string Tokenizer => _terms.Tokenizer;

    /// <summary>Tokens of a record as the contract releases it, and another one, where it left under both.</summary>
    public long TokensOf((long Title, long Text) counted, Terms other) => TokensOf((other.Releases(TitleField) ? counted.Title : 0, other.Releases(TextField) ? counted.Text : 0));

    /// <summary>Tokens of a record as the contract releases it.</summary>
    private long TokensOf((long Title, long Text) counted) => (Releases(TitleField) ? counted.Title : 0) + (Releases(TextField) ? counted.Text : 0);

    /// <summary>What a slice costs: bytes and tokens rounded up to the micro-unit.</summary>
    public Int128 CostOf(Sum amounts) => _price.Model switch
    {
        2 => (Int128)amounts.Records * _price.Micros,
        3 => ((Int128)amounts.Tokens * _price.Micros + 999) / 1_000,
        4 => ((Int128)amounts.Bytes * _price.Micros + 999_999_999) / 1_000_000_000,
        _ => 0,
    };

    /// <summary>Whether a node may have learned these terms as the other ones: the same, or, on a node of a release that knew none, without the tokenizer.</summary>
    public bool IsSeenAs(Terms other) => _terms.Equals(other._terms) || (other.Tokenizer.Length == 0 && new ContractTerms(_terms) { Tokenizer = "" }.Equals(other._terms));

    /// <summary>Whether a price or a limit depends on tokens.</summary>
    public bool NeedsTokens => _price.Model == 3 || Limits.Any(limit => limit.Unit == Unit.Tokens);

    private bool Releases(uint field) => ((_scope.DroppedFields | _scope.PseudonymisedFields) & field) == 0;

    private static long Milliseconds(long ticks) => (ticks - (ticks % 10_000 + 10_000) % 10_000) / 10_000;
}
