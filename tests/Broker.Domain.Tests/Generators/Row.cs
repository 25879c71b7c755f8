using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.Domain.Tests.Generators;

/// <summary>One record of a test: what the rules look at, and the lengths of its fields.</summary>
/// <param name="Id">The record's id at the platform.</param>
/// <param name="User">Whose it is.</param>
/// <param name="Kind">The kind.</param>
/// <param name="CreatedAtMs">Creation, Unix milliseconds.</param>
/// <param name="Language">The language tag, or empty.</param>
/// <param name="TextBytes">UTF-8 bytes of its text.</param>
/// <param name="AuthorBytes">UTF-8 bytes of its author's id.</param>
internal sealed record Row(
    string Id, int User, RecordKind Kind = RecordKind.Post, long CreatedAtMs = 0, string Language = "en", int TextBytes = 100, int AuthorBytes = 8)
{
    /// <summary>Where it was added, in a merged segment.</summary>
    public long Added { get; init; }

    /// <summary>How it went, in a segment of remnants.</summary>
    public Remnant Remnant { get; init; }

    /// <summary>Its place where its id does not tell any more.</summary>
    public RowKey? KeptKey { get; init; }

    /// <summary>Its place among its user's rows.</summary>
    public RowKey Key => KeptKey ?? new(Kind, CreatedAtMs, BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(Id))));

    /// <summary>Tokens of its title, and of its text.</summary>
    public (long Title, long Text) Tokens => TextBytes == 0 ? (0, 0) : (User % 3, (long)(Key.IdHash % 5));

    /// <summary>Bytes as released.</summary>
    public long BytesUnder(FieldPolicy policy) =>
        Id.Length
        + Released(policy, RecordFields.Text, TextBytes)
        + Released(policy, RecordFields.Author, AuthorBytes)
        + Released(policy, RecordFields.Language, Language.Length);

    private static long Released(FieldPolicy policy, RecordFields field, int bytes)
    {
        if (bytes == 0 || (policy.Dropped & field) != 0) return 0;
        return (policy.Pseudonymised & field) != 0 ? FieldPolicy.PseudonymBytes : bytes;
    }
}
