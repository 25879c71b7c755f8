using Broker.Protos.V1;

namespace Broker.Client.Pulls;

/// <summary>A slice that arrived whole, in time, and with the digest that its end names.</summary>
/// <param name="Id">Which slice.</param>
/// <param name="Resend">Which resend of it; 0 for the first sending.</param>
/// <param name="ContractVersion">The contract version under which it was released.</param>
/// <param name="Position">The position of its release (or resend) in the partition's log.</param>
/// <param name="Amounts">What it carries; what it costs, for the first sending.</param>
/// <param name="Batches">Its records, in its order; none where everything in it was filtered out.</param>
public sealed record ReceivedSlice(SliceId Id, int Resend, int ContractVersion, long Position, Amounts Amounts, IReadOnlyList<RecordBatch> Batches)
{
    /// <summary>Names this release of the slice for ever, 32 hexadecimal digits; empty from a broker that does not tell. The same <see cref="Id"/> with another one is another
    /// slice: the broker's log was restored from a backup in between.</summary>
    public string Release { get; init; } = "";

    /// <summary>How many records it holds.</summary>
    public int RecordCount => Batches.Sum(batch => batch.Records.Count);
}
