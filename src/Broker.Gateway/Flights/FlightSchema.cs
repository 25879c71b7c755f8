using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Types;
using Broker.Domain.Releases;

namespace Broker.Gateway.Flights;

/// <summary>The columns of a flight: what a field policy releases of a record, none of them nullable; a missing text is an empty one.</summary>
/// <remarks><c>created_at_ms</c> int64 · <c>kind</c> uint8 (broker.v1.RecordKind) · then the fields that are not dropped, utf8, in the order of
/// a segment. A segment's other columns are its own: a user's number would join what pseudonyms keep apart.</remarks>
internal sealed class FlightSchema
{
    private const int PrefixBytes = 8; // continuation token and length, before an encapsulated message

    private static readonly (RecordFields Field, string Name)[] Each =
    [
        (RecordFields.Id, "id"), (RecordFields.Author, "author"), (RecordFields.Language, "language"), (RecordFields.Title, "title"),
        (RecordFields.Text, "text"), (RecordFields.TargetId, "target_id"), (RecordFields.Licence, "licence"), (RecordFields.Attribution, "attribution"),
    ];

    private FlightSchema(RecordFields released)
    {
        var columns = Each.Where(column => (column.Field & released) != 0).ToArray();
        Fields = [.. columns.Select(column => column.Field)];
        var schema = new Schema.Builder()
            .Field(new Field("created_at_ms", Int64Type.Default, nullable: false))
            .Field(new Field("kind", UInt8Type.Default, nullable: false));
        foreach (var (_, name) in columns) schema.Field(new Field(name, StringType.Default, nullable: false));
        Arrow = schema.Build();
        Encapsulated = ArrowSerializationHelpers.SerializeSchema(Arrow);
        Header = Encapsulated.AsMemory(PrefixBytes, BinaryPrimitives.ReadInt32LittleEndian(Encapsulated.AsSpan(PrefixBytes - sizeof(int))));
    }

    /// <summary>The text columns' fields, in order.</summary>
    public IReadOnlyList<RecordFields> Fields { get; }

    /// <summary>The schema.</summary>
    public Schema Arrow { get; }

    /// <summary>The schema as an encapsulated IPC message: what a flight's information holds.</summary>
    public byte[] Encapsulated { get; }

    /// <summary>The IPC message alone: what a stream begins with.</summary>
    public ReadOnlyMemory<byte> Header { get; }

    /// <summary>The schema under a policy.</summary>
    public static FlightSchema Of(FieldPolicy policy) => new(ReleasedBy(policy));

    /// <summary>Whether there is a column for everything that a policy releases.</summary>
    public bool Holds(FieldPolicy policy) => Fields.Aggregate(ReleasedBy(policy), (left, field) => left & ~field) == RecordFields.None;

    // A recall names the id: it is released under every policy.
    private static RecordFields ReleasedBy(FieldPolicy policy) => (RecordFields.All & ~policy.Dropped) | RecordFields.Id;
}
