namespace Broker.Domain.Releases;

/// <summary>Which fields of a record a deal gets, and in which form.</summary>
/// <param name="Dropped">Fields that are not released at all.</param>
/// <param name="Pseudonymised">Fields released as base64url(HMAC-SHA-256) under the deal's own key: 43 characters;
/// an empty field stays empty and costs nothing.</param>
public sealed record FieldPolicy(RecordFields Dropped, RecordFields Pseudonymised)
{
    /// <summary>Everything, as it is.</summary>
    public static readonly FieldPolicy Everything = new(RecordFields.None, RecordFields.None);

    /// <summary>Characters of a pseudonym.</summary>
    public const int PseudonymBytes = 43;

    /// <summary>Fields released as they are.</summary>
    public RecordFields Plain => RecordFields.All & ~Dropped & ~Pseudonymised;

    /// <summary>What both release: a field that one drops is dropped, and one that is plain in both alone is plain.</summary>
    public FieldPolicy And(FieldPolicy other) => new(Dropped | other.Dropped, (Pseudonymised | other.Pseudonymised) & ~(Dropped | other.Dropped));

    /// <summary>Whether the next policy releases less of any field: one that is plain here is pseudonymised or dropped there, or a
    /// pseudonymised one is dropped.</summary>
    public bool IsNarrowedBy(FieldPolicy next) => (Plain & ~next.Plain) != 0 || (next.Dropped & ~Dropped) != 0;
}
