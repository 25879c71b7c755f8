using Broker.Domain.Releases;
using Broker.Grains.Keys;
using Broker.Protos.V1;

namespace Broker.Gateway.Pulls;

/// <summary>Cuts a slice's rows into messages, in the order of the grant: several runs of rows in one message, never two datasets.</summary>
/// <param name="rows">The rows.</param>
/// <param name="policy">The contract's field policy.</param>
/// <param name="pseudonyms">The deal's pseudonyms.</param>
/// <param name="bytesMax">Most bytes of fields in a message; one record may be larger. What the encoding adds is under 100 bytes a record.</param>
internal sealed class RecordBatches(IReadOnlyList<OpenedRows> rows, FieldPolicy policy, Pseudonyms pseudonyms, int bytesMax)
{
    /// <summary>Most records of a message.</summary>
    public const int RecordsMax = 1_000;

    /// <summary>Records rendered so far.</summary>
    public long Records { get; private set; }

    /// <summary>UTF-8 bytes of their fields as they were rendered, whatever they should have been.</summary>
    public long Bytes { get; private set; }

    /// <summary>The messages, each rendered when it is asked for. To be read once.</summary>
    public IEnumerable<(string Dataset, IReadOnlyList<Record> Records)> Read()
    {
        var (dataset, batch, bytes) = ("", new List<Record>(), 0L);
        foreach (var (content, from, to) in rows)
        {
            for (var row = from; row < to; row++)
            {
                var charged = content.BytesOf(row, row + 1, policy);
                if (batch.Count > 0 && (batch.Count == RecordsMax || bytes + charged > bytesMax || dataset != content.Dataset))
                {
                    yield return (dataset, batch);
                    (batch, bytes) = ([], 0);
                }

                var record = RecordRenderer.Render(content, row, policy, pseudonyms);
                batch.Add(record);
                (dataset, bytes) = (content.Dataset, bytes + charged);
                (Records, Bytes) = (Records + 1, Bytes + RecordRenderer.BytesOf(record));
            }
        }

        if (batch.Count > 0) yield return (dataset, batch);
    }
}
