using System.Buffers;
using Broker.Domain.Merges;
using Broker.Domain.Partitions;
using Broker.Domain.Releases;
using Broker.Storage.Imports;
using Broker.Storage.Segments;

namespace Broker.Storage.Merges;

/// <summary>One merge: reads the inputs' rows in order and writes the records to one segment, what is left of those that are gone to another.</summary>
/// <param name="plan">What to merge.</param>
/// <param name="inputs">Its segments, open, in the plan's order.</param>
/// <param name="throttle">How fast.</param>
internal sealed class SegmentMerge(MergePlan plan, IReadOnlyList<SegmentContent> inputs, MergeThrottle throttle) : IDisposable
{
    private const int StepBytes = 1 << 18;
    private const int RowBytes = 80; // of the columns beside the fields, and of the ids

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private SegmentWriter? _records;
    private SegmentWriter? _remnants;

    /// <summary>Writes the outputs to local files.</summary>
    /// <param name="partition">The partition's index.</param>
    /// <param name="writer">A token that no other merge or import has.</param>
    /// <param name="work">A directory of the merge's own.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="IOException">The disk is full or broken.</exception>
    public async Task<IReadOnlyList<(WrittenSegment Written, MergedSegment Merged)>> WriteAsync(int partition, string writer, string work, CancellationToken cancellationToken)
    {
        var place = new SegmentPlace(plan.Dataset, partition, plan.Kind, plan.AsOf, 0, writer);
        var taken = 0L;
        foreach (var row in MergeWalk.Over(plan, inputs))
        {
            taken += Write(row, place, work);
            if (taken < StepBytes) continue;
            await throttle.TakeAsync(taken, cancellationToken);
            taken = 0;
        }

        await throttle.TakeAsync(taken, cancellationToken);
        return [.. Finish(_records, isRemnants: false), .. Finish(_remnants, isRemnants: true)];
    }

    /// <summary>Deletes what was not finished.</summary>
    public void Dispose()
    {
        _records?.Dispose();
        _remnants?.Dispose();
    }

    private static IEnumerable<(WrittenSegment Written, MergedSegment Merged)> Finish(SegmentWriter? writer, bool isRemnants)
    {
        if (writer is null) yield break;
        var written = writer.Finish();
        yield return (written, new MergedSegment(written.Info, writer.Added.First, writer.Added.Last, isRemnants));
    }

    /// <summary>Writes a row; how many bytes were read and written for it.</summary>
    private long Write(MergeRow row, SegmentPlace place, string work)
    {
        var (input, content) = (plan.Inputs[row.Input], inputs[row.Input]);
        var read = content.BytesOf(row.Row, row.Row + 1, FieldPolicy.Everything) + RowBytes;
        if (row.IsGone) return read + WriteRemnant(row, input, content, place, work);
        _buffer.ResetWrittenCount();
        SpooledRecord.Write(_buffer, content, row.Row);
        _records ??= new SegmentWriter(place with { Shape = SegmentShape.Merged }, work);
        _records.Add(row.User, content.KeyAt(row.Row).IdHash, new SpooledRecord(_buffer.WrittenSpan), input.AddedAt(content, row.Row));
        return read + _buffer.WrittenCount + RowBytes;
    }

    private int WriteRemnant(MergeRow row, MergeInput input, SegmentContent content, SegmentPlace place, string work)
    {
        var remnant = input.RemnantOf(content, row.Row, plan.IsRemnants);
        var isNameless = plan.Nameless.Contains(row.User);
        var digest = remnant.IsDeleted && !isNameless ? DigestOf(content, row.Row) : "";
        _buffer.ResetWrittenCount();
        SpooledRecord.Write(_buffer, content, row.Row, isNameless ? RecordFields.Language : RecordFields.Language | RecordFields.Id);
        _remnants ??= new SegmentWriter(place with { Shape = SegmentShape.Remnants, Part = 1 }, work);
        _remnants.Add(row.User, content.KeyAt(row.Row).IdHash, new SpooledRecord(_buffer.WrittenSpan), remnant, digest);
        return _buffer.WrittenCount + RowBytes;
    }

    private string DigestOf(SegmentContent content, int row)
    {
        if (plan.IsRemnants) return content.ContentDigestAt(row);
        _buffer.ResetWrittenCount();
        SpooledRecord.Write(_buffer, content, row);
        return new SpooledRecord(_buffer.WrittenSpan).Digest();
    }
}
