using Apache.Arrow;
using Apache.Arrow.Types;
using Broker.Protos.V1;
using RecordBatch = Apache.Arrow.RecordBatch;

namespace Broker.Client.Files;

/// <summary>The columns of an Arrow file, none of them nullable: a missing text is an empty one.</summary>
internal sealed class ArrowColumns
{
    private static readonly TimestampType CreatedAt = new(TimeUnit.Millisecond, "UTC");
    private static readonly string[] Texts = ["id", "dataset", "kind", "author", "language", "title", "text", "target_id", "licence", "attribution"];

    private readonly StringArray.Builder[] _texts = [.. Texts.Select(_ => new StringArray.Builder())];
    private readonly TimestampArray.Builder _created = new(CreatedAt);

    /// <summary>Rows so far.</summary>
    public int Count { get; private set; }

    /// <summary>The schema of a slice's file.</summary>
    public static Schema SchemaOf(IEnumerable<KeyValuePair<string, string>> metadata)
    {
        var fields = Texts.Select(name => new Field(name, StringType.Default, nullable: false)).Append(new Field("created_at", CreatedAt, nullable: false));
        return new Schema(fields, metadata);
    }

    /// <summary>The key of a row.</summary>
    public static RecordKey KeyOf(RecordBatch batch, int row) => new(Text(batch, 1).GetString(row), Text(batch, 0).GetString(row));

    /// <summary>Adds a record.</summary>
    public void Add(string dataset, Record record)
    {
        string[] values =
        [
            record.Id, dataset, RecordKinds.NameOf(record.Kind), record.Author, record.Language,
            record.Title, record.Text, record.TargetId, record.Licence, record.Attribution,
        ];
        for (var column = 0; column < values.Length; column++) _texts[column].Append(values[column]);
        _created.Append(DateTimeOffset.FromUnixTimeMilliseconds(record.CreateTimeMs));
        Count++;
    }

    /// <summary>Adds a row of a file.</summary>
    public void Add(RecordBatch batch, int row)
    {
        for (var column = 0; column < Texts.Length; column++) _texts[column].Append(Text(batch, column).GetBytes(row));
        _created.Append(((TimestampArray)batch.Column(Texts.Length)).GetTimestamp(row)!.Value);
        Count++;
    }

    /// <summary>The rows as a batch.</summary>
    public RecordBatch ToBatch(Schema schema) => new(schema, [.. _texts.Select(text => (IArrowArray)text.Build()), _created.Build()], Count);

    private static StringArray Text(RecordBatch batch, int column) => (StringArray)batch.Column(column);
}
