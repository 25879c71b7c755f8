using Google.Protobuf;

namespace Broker.Client.Imports;

/// <summary>Cuts a long row of messages into batches that a gateway takes.</summary>
internal static class UploadBatches
{
    /// <summary>Most items of a batch.</summary>
    public const int ItemsMax = 1_000;

    /// <summary>Most bytes of a batch: the frame around it stays below the 4 MiB that a gateway takes by default.</summary>
    public const int BytesMax = (4 * 1024 * 1024) - 1024;

    private const int OverheadMax = 6; // tag and length of one item

    /// <summary>Whether an item fits into a batch at all.</summary>
    public static bool Fits(IMessage item) => item.CalculateSize() + OverheadMax <= BytesMax;

    /// <summary>The batches, in order; each holds 1 to <see cref="ItemsMax"/> items and at most <see cref="BytesMax"/> bytes.</summary>
    /// <param name="items">Items that fit, each by itself.</param>
    public static IEnumerable<IReadOnlyList<T>> Of<T>(IEnumerable<T> items)
        where T : IMessage
    {
        var batch = new List<T>();
        var bytes = 0;
        foreach (var item in items)
        {
            var size = item.CalculateSize() + OverheadMax;
            if (batch.Count == ItemsMax || (batch.Count > 0 && bytes + size > BytesMax))
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }

            batch.Add(item);
            bytes += size;
        }

        if (batch.Count > 0) yield return batch;
    }
}
