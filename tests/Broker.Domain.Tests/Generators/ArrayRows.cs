using Broker.Domain.Merges;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;

namespace Broker.Domain.Tests.Generators;

/// <summary>A segment's rows over an array, sorted as a segment's file is.</summary>
internal sealed class ArrayRows : SegmentRows
{
    private readonly Row[] _rows;
    private readonly RowKey[] _keys;

    public ArrayRows(string segmentId, string dataset, IEnumerable<Row> rows)
    {
        (SegmentId, Dataset) = (segmentId, dataset);
        var sorted = rows.Select(row => (Row: row, row.Key)).OrderBy(pair => pair.Row.User).ThenBy(pair => pair.Key).ToList();
        _rows = [.. sorted.Select(pair => pair.Row)];
        _keys = [.. sorted.Select(pair => pair.Key)];
        Kind = _rows[0].Kind;
    }

    public override string SegmentId { get; }

    public override string Dataset { get; }

    public override RecordKind Kind { get; }

    public override int Count => _rows.Length;

    public SegmentInfo Info => new(SegmentId, Dataset, Kind, Count, 1_000, [1], [2]);

    public Row this[int row] => _rows[row];

    public override int UserAt(int row) => _rows[row].User;

    public override RowKey KeyAt(int row) => _keys[row];

    public override string LanguageAt(int row) => _rows[row].Language;

    public override long BytesOf(int from, int to, FieldPolicy policy) => _rows[from..to].Sum(row => row.BytesUnder(policy));

    public override string IdAt(int row) => _rows[row].Id;

    public override long AddedAt(int row) => _rows[row].Added;

    public override Remnant RemnantAt(int row) => _rows[row].Remnant;

    /// <summary>What a merge makes.</summary>
    public static List<MergeOutput> Merge(MergePlan plan, IReadOnlyList<ArrayRows> inputs)
    {
        var rows = MergeWalk.Over(plan, inputs).ToLookup(row => row.IsGone, row => Moved(plan, inputs[row.Input], row));
        return [.. rows.OrderBy(part => part.Key).Select(part => Output($"m{plan.AsOf}-{(part.Key ? 1 : 0)}", plan, part))];
    }

    private static MergeOutput Output(string id, MergePlan plan, IGrouping<bool, Row> part)
    {
        var rows = new ArrayRows(id, plan.Dataset, part);
        var merged = new MergedSegment(rows.Info, part.Min(row => row.Added), part.Max(row => row.Added), part.Key)
        {
            Tokens = part.Key ? [] : [.. plan.Tokenizers.Select(tokenizer => ArrayCounts.Named(id, tokenizer))],
        };
        return new MergeOutput(merged, rows);
    }

    private static Row Moved(MergePlan plan, ArrayRows from, MergeRow place)
    {
        var (input, row) = (plan.Inputs[place.Input], from[place.Row]);
        var moved = row with { Added = input.AddedAt(from, place.Row), KeptKey = row.Key };
        if (!place.IsGone) return moved;
        return moved with
        {
            Id = plan.Nameless.Contains(row.User) ? "" : row.Id,
            TextBytes = 0,
            AuthorBytes = 0,
            Remnant = input.RemnantOf(from, place.Row, plan.IsRemnants),
        };
    }
}
