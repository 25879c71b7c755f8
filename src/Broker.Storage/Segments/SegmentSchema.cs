using Apache.Arrow;
using Apache.Arrow.Types;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.Storage.Segments;

/// <summary>The columns of a segment, none of them nullable; a missing text is an empty one.</summary>
/// <remarks>
/// <c>user</c> int32 · <c>created_at_ms</c> int64 · <c>id_hash</c> uint64 (see <see cref="RowKey"/>) · <c>bytes_end</c> int64: UTF-8
/// bytes of all fields of the rows up to this one, this one included · then the fields, in the order of <see cref="Fields"/>, utf8.
/// Then, in a segment that a merge made, <c>added</c> int64: the position at which the record was added. In one of remnants their records' fields
/// are empty but for language and id, and the id too once its user's key is destroyed; there follow <c>removed</c> int64 (the position of the
/// removal; the largest number where it went with its user), <c>deleted</c> int32 (1: an import must not bring it back), <c>named_segment</c> utf8
/// and <c>named_row</c> int32 (how the log names it), <c>content</c> utf8 (of a deleted one SHA-256 of what it was, in hex).
/// What the file is of stands in the schema's metadata, so that a file moved to another name is found out.
/// </remarks>
internal static class SegmentSchema
{
    public const int UserColumn = 0;
    public const int CreatedColumn = 1;
    public const int IdHashColumn = 2;
    public const int BytesEndColumn = 3;
    public const int FirstFieldColumn = 4;
    public const int AddedColumn = 12;
    public const int RemovedColumn = 13;
    public const int DeletedColumn = 14;
    public const int NamedSegmentColumn = 15;
    public const int NamedRowColumn = 16;
    public const int ContentColumn = 17;

    private const string VersionKey = "broker.segment.version";
    private static readonly string[] Versions = ["1", "2", "3"]; // in the order of SegmentShape

    private const string DatasetKey = "broker.segment.dataset";
    private const string KindKey = "broker.segment.kind";

    /// <summary>The text fields, in the order of their columns.</summary>
    public static readonly RecordFields[] Fields =
    [
        RecordFields.Id, RecordFields.Author, RecordFields.Language, RecordFields.Title,
        RecordFields.Text, RecordFields.TargetId, RecordFields.Licence, RecordFields.Attribution,
    ];

    private static readonly string[] FieldNames = ["id", "author", "language", "title", "text", "target_id", "licence", "attribution"];

    /// <summary>The index of a field among the text columns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not one field.</exception>
    public static int IndexOf(RecordFields field)
    {
        var index = System.Numerics.BitOperations.TrailingZeroCount((int)field);
        return index < Fields.Length && Fields[index] == field
            ? index
            : throw new ArgumentOutOfRangeException(nameof(field), field, "Name one field.");
    }

    public static Schema Of(string dataset, RecordKind kind, SegmentShape shape = SegmentShape.Plain)
    {
        var schema = new Schema.Builder()
            .Metadata(VersionKey, Versions[(int)shape])
            .Metadata(DatasetKey, dataset)
            .Metadata(KindKey, ((int)kind).ToString(System.Globalization.CultureInfo.InvariantCulture))
            .Field(new Field("user", Int32Type.Default, nullable: false))
            .Field(new Field("created_at_ms", Int64Type.Default, nullable: false))
            .Field(new Field("id_hash", UInt64Type.Default, nullable: false))
            .Field(new Field("bytes_end", Int64Type.Default, nullable: false));
        foreach (var name in FieldNames) schema.Field(new Field(name, StringType.Default, nullable: false));
        if (shape != SegmentShape.Plain) schema.Field(new Field("added", Int64Type.Default, nullable: false));
        if (shape == SegmentShape.Remnants)
            schema.Field(new Field("removed", Int64Type.Default, nullable: false))
                .Field(new Field("deleted", Int32Type.Default, nullable: false))
                .Field(new Field("named_segment", StringType.Default, nullable: false))
                .Field(new Field("named_row", Int32Type.Default, nullable: false))
                .Field(new Field("content", StringType.Default, nullable: false));
        return schema.Build();
    }

    /// <summary>The kind that a file says it is of, or null where it is no segment of the dataset.</summary>
    public static RecordKind? KindOf(Schema schema, string dataset)
    {
        if (schema.Metadata is not { } said || !Versions.Contains(said.GetValueOrDefault(VersionKey)) || said.GetValueOrDefault(DatasetKey) != dataset) return null;
        return int.TryParse(said.GetValueOrDefault(KindKey), out var number) && Enum.IsDefined((RecordKind)number) ? (RecordKind)number : null;
    }

    /// <summary>The shape that a file says it has; it is a segment.</summary>
    public static SegmentShape ShapeOf(Schema schema) => (SegmentShape)System.Array.IndexOf(Versions, schema.Metadata[VersionKey]);
}
