using Broker.Domain.Releases;

namespace Broker.Domain.Tokens;

/// <summary>How many tokens the rows of a segment have, by one tokenizer: those of the title and those of the text, each counted for itself. Immutable.</summary>
/// <remarks>Counted once, in the background, and named in the log by digest: what is charged rests on the same numbers for ever, whatever becomes of the
/// library that counted. Storage implements it over a mapped file; tests over arrays.</remarks>
public abstract class TokenCounts
{
    /// <summary>The fields that have tokens: what a model reads of a record.</summary>
    public const RecordFields Fields = RecordFields.Title | RecordFields.Text;

    /// <summary>The segment's id.</summary>
    public abstract string SegmentId { get; }

    /// <summary>The tokenizer.</summary>
    public abstract string Tokenizer { get; }

    /// <summary>Whether the numbers can be read: where not, a merge makes its output without them, and they are counted anew there.</summary>
    public virtual bool IsReadable => true;

    /// <summary>Tokens of the rows [from, to) as released under the policy: of the fields that leave as they are.</summary>
    public long Of(int from, int to, FieldPolicy policy)
    {
        var (title, text) = SumsOf(from, to);
        return ((policy.Plain & RecordFields.Title) != 0 ? title : 0) + ((policy.Plain & RecordFields.Text) != 0 ? text : 0);
    }

    /// <summary>Tokens of the rows [from, to): of their titles, and of their texts.</summary>
    protected abstract (long Title, long Text) SumsOf(int from, int to);
}
