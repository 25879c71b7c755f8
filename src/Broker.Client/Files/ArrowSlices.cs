using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Broker.Client.Pulls;

namespace Broker.Client.Files;

/// <summary>Arrow IPC files: the fields of a record as columns (see <see cref="ArrowColumns"/>), one record batch for each that came.
/// The schema's metadata names deal, slice, contract version and log position.</summary>
internal sealed class ArrowSlices : ISliceFiles
{
    /// <inheritdoc/>
    public string Extension => ".arrow";

    /// <inheritdoc/>
    public void Write(Stream file, string deal, ReceivedSlice slice)
    {
        var schema = ArrowColumns.SchemaOf(MetadataOf(deal, slice));
        using var writer = new ArrowFileWriter(file, schema, leaveOpen: true);
        writer.WriteStart();
        foreach (var batch in slice.Batches)
        {
            var columns = new ArrowColumns();
            foreach (var record in batch.Records) columns.Add(batch.Dataset, record);
            using var rows = columns.ToBatch(schema);
            writer.WriteRecordBatch(rows);
        }

        writer.WriteEnd();
    }

    /// <inheritdoc/>
    public IReadOnlySet<RecordKey> CopyWithout(Stream from, Stream to, IReadOnlySet<RecordKey> recalled)
    {
        var found = new HashSet<RecordKey>();
        using var reader = OpenReader(from);
        using var writer = new ArrowFileWriter(to, reader.Schema, leaveOpen: true);
        writer.WriteStart();
        while (reader.ReadNextRecordBatch() is { } batch)
            using (batch)
                CopyWithout(batch, writer, reader.Schema, recalled, found);
        writer.WriteEnd();
        return found;
    }

    private static void CopyWithout(RecordBatch batch, ArrowFileWriter writer, Schema schema, IReadOnlySet<RecordKey> recalled, HashSet<RecordKey> found)
    {
        var columns = new ArrowColumns();
        for (var row = 0; row < batch.Length; row++)
        {
            var key = ArrowColumns.KeyOf(batch, row);
            if (recalled.Contains(key)) found.Add(key);
            else columns.Add(batch, row);
        }

        if (columns.Count == 0) return;
        using var kept = columns.ToBatch(schema);
        writer.WriteRecordBatch(kept);
    }

    private static ArrowFileReader OpenReader(Stream from)
    {
        var reader = new ArrowFileReader(from, leaveOpen: true);
        try
        {
            var expected = ArrowColumns.SchemaOf([]).FieldsList;
            var actual = reader.Schema.FieldsList;
            if (actual.Count == expected.Count && actual.Zip(expected).All(pair => pair.First.Name == pair.Second.Name && pair.First.DataType.TypeId == pair.Second.DataType.TypeId))
                return reader;
        }
        catch (Exception error) when (error is not IOException)
        {
            reader.Dispose();
            throw new InvalidDataException($"This is no Arrow file as it was written: {error.Message}", error);
        }

        reader.Dispose();
        throw new InvalidDataException("The columns of this Arrow file are not those that were written.");
    }

    private static Dictionary<string, string> MetadataOf(string deal, ReceivedSlice slice) => new()
    {
        ["broker.deal"] = deal,
        ["broker.partition"] = Text(slice.Id.Partition),
        ["broker.round"] = Text(slice.Id.Round),
        ["broker.slice"] = Text(slice.Id.Number),
        ["broker.contract_version"] = Text(slice.ContractVersion),
        ["broker.position"] = Text(slice.Position),
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
