using System.Buffers;
using Broker.Domain.Merges;
using Broker.Domain.Partitions;
using Broker.Domain.Releases;
using Broker.Storage.Imports;
using Broker.Storage.Segments;
using Broker.Storage.Tokens;

namespace Broker.Storage.Merges;

/// <summary>One merge: reads the inputs' rows in order and writes the records to one segment, what is left of those that are gone to another.</summary>
/// <param name="plan">What to merge.</param>
/// <param name="inputs">Its segments, open, in the plan's order.</param>
/// <param name="counts">Of each its counts of tokens, by the plan's tokenizers in their order.</param>
/// <param name="throttle">How fast.</param>
internal sealed class SegmentMerge(
    MergePlan plan, IReadOnlyList<SegmentContent> inputs, IReadOnlyList<IReadOnlyList<MappedCounts>> counts, MergeThrottle throttle) : IDisposable
{
    private const int StepBytes = 1 << 18;
    private const int RowBytes = 80; // of the columns beside the fields, and of the ids

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private SegmentWriter? _records;
    private SegmentWriter? _remnants;
    private IReadOnlyList<TokenCountsWriter> _counts = [];

    /// <summary>Writes the outputs to local files.</summary>
    /// <param name="partition">The partition's index.</param>
    /// <param name="writer">A token that no other merge or import has.</param>
    /// <param name="work">A directory of the merge's own.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="IOException">The disk is full or broken.</exception>
    public async Task<IReadOnlyList<MergeFiles>> WriteAsync(int partition, string writer, string work, CancellationToken cancellationToken)
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
        return [.. Finish(_records, isRemnants: false, _counts), .. Finish(_remnants, isRemnants: true, [])];
    }

    /// <summary>Deletes what was not finished.</summary>
    public void Dispose()
    {
        _records?.Dispose();
        _remnants?.Dispose();
        foreach (var writer in _counts) writer.Dispose();
    }

    private static IEnumerable<MergeFiles> Finish(SegmentWriter? writer, bool isRemnants, IEnumerable<TokenCountsWriter> counts)
    {
        if (writer is null) yield break;
        var written = writer.Finish();
        var counted = counts.Select(tokens => tokens.Finish()).ToList();
        yield return new MergeFiles(written, counted, new MergedSegment(written.Info, writer.Added.First, writer.Added.Last, isRemnants)
        {
            Tokens = [.. counted.Select(tokens => tokens.Tokens)],
        });
    }

    /// <summary>Writes a row; how many bytes were read and written for it.</summary>
    private long Write(MergeRow row, SegmentPlace place, string work)
    {
        var (input, content) = (plan.Inputs[row.Input], inputs[row.Input]);
        var read = content.BytesOf(row.Row, row.Row + 1, FieldPolicy.Everything) + RowBytes;
        if (row.IsGone) return read + WriteRemnant(row, input, content, place, work);
        _buffer.ResetWrittenCount();
        SpooledRecord.Write(_buffer, content, row.Row);
        if (_records is null)
        {
            _records = new SegmentWriter(place with { Shape = SegmentShape.Merged }, work);
            _counts = [.. plan.Tokenizers.Select(tokenizer => new TokenCountsWriter(tokenizer, work))];
        }

        foreach (var (writer, known) in _counts.Zip(counts[row.Input]))
        {
            var (title, text) = known.At(row.Row);
            writer.Add(title, text);
        }

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

/// <summary>What a merge wrote to local files.</summary>
/// <param name="Written">The segment.</param>
/// <param name="Counts">The counts of its tokens.</param>
/// <param name="Merged">What the log will say of it.</param>
internal sealed record MergeFiles(WrittenSegment Written, IReadOnlyList<WrittenCounts> Counts, MergedSegment Merged);
