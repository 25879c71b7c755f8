using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Broker.Domain.Merges;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;

namespace Broker.EndToEnd.Audit;

/// <summary>One record: what the rules and the auditor look at.</summary>
internal sealed record TestRow(string Id, int User, RecordKind Kind = RecordKind.Post, string Language = "en", long CreatedAtMs = 0)
{
    /// <summary>Tokens of its title, and of its text.</summary>
    public (long Title, long Text) Tokens { get; init; } = (1, 2 + User);

    /// <summary>Where it was added, in a merged segment.</summary>
    public long? Added { get; init; }

    /// <summary>How it went, in a segment of remnants.</summary>
    public Remnant? Remnant { get; init; }

    /// <summary>Its place where its id does not tell any more.</summary>
    public RowKey? KeptKey { get; init; }

    public RowKey Key => KeptKey ?? new(Kind, CreatedAtMs, BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(Id))));
}

/// <summary>A segment's rows over an array; every record has 100 bytes.</summary>
internal sealed class TestRows : SegmentRows
{
    public const int BytesEach = 100;

    private readonly ImmutableArray<TestRow> _rows;

    public TestRows(string segmentId, string dataset, IEnumerable<TestRow> rows)
    {
        (SegmentId, Dataset) = (segmentId, dataset);
        _rows = [.. rows.OrderBy(row => row.User).ThenBy(row => row.Key)];
    }

    public override string SegmentId { get; }

    public override string Dataset { get; }

    public override RecordKind Kind => _rows[0].Kind;

    public override int Count => _rows.Length;

    public SegmentInfo Info => new(SegmentId, Dataset, Kind, Count, 1_000, [.. SHA256.HashData(Encoding.UTF8.GetBytes(SegmentId))], [2]);

    public TestRow this[int row] => _rows[row];

    public override int UserAt(int row) => _rows[row].User;

    public override RowKey KeyAt(int row) => _rows[row].Key;

    public override string LanguageAt(int row) => _rows[row].Language;

    public override long BytesOf(int from, int to, FieldPolicy policy) => (long)BytesEach * (to - from);

    public override string IdAt(int row) => _rows[row].Id;

    public override long AddedAt(int row) => _rows[row].Added!.Value;

    public override Remnant RemnantAt(int row) => _rows[row].Remnant!.Value;

    /// <summary>The same segment with other rows.</summary>
    public TestRows With(Func<TestRow, TestRow> change) => new(SegmentId, Dataset, _rows.Select(change));

    /// <summary>How the log names its tokens, counted by whomever.</summary>
    public static SegmentTokens TokensOf(string segment, string tokenizer) => new(tokenizer, [.. SHA256.HashData(Encoding.UTF8.GetBytes(segment + tokenizer))]);

    /// <summary>What a merge makes.</summary>
    public static List<MergeOutput> Merge(MergePlan plan, IReadOnlyList<TestRows> inputs)
    {
        var rows = MergeWalk.Over(plan, inputs).ToLookup(row => row.IsGone, row => Moved(plan, inputs[row.Input], row));
        return [.. rows.OrderBy(part => part.Key).Select(part => Output($"m{plan.AsOf}-{(part.Key ? 1 : 0)}", plan, part))];
    }

    private static MergeOutput Output(string id, MergePlan plan, IGrouping<bool, TestRow> part)
    {
        var rows = new TestRows(id, plan.Dataset, part);
        var merged = new MergedSegment(rows.Info, part.Min(row => row.Added!.Value), part.Max(row => row.Added!.Value), part.Key)
        {
            Tokens = part.Key ? [] : [.. plan.Tokenizers.Select(tokenizer => TokensOf(id, tokenizer))],
        };
        return new MergeOutput(merged, rows);
    }

    private static TestRow Moved(MergePlan plan, TestRows from, MergeRow place)
    {
        var (input, row) = (plan.Inputs[place.Input], from[place.Row]);
        var moved = row with { Added = input.AddedAt(from, place.Row), KeptKey = row.Key };
        if (!place.IsGone) return moved;
        return moved with { Id = plan.Nameless.Contains(row.User) ? "" : row.Id, Remnant = input.RemnantOf(from, place.Row, plan.IsRemnants) };
    }
}

/// <summary>Counts of tokens over the same array.</summary>
internal sealed class TestCounts(TestRows rows, string tokenizer) : TokenCounts
{
    public override string SegmentId => rows.SegmentId;

    public override string Tokenizer => tokenizer;

    protected override (long Title, long Text) SumsOf(int from, int to)
    {
        var counted = Enumerable.Range(from, to - from).Select(row => rows[row].Tokens).ToList();
        return (counted.Sum(tokens => tokens.Title), counted.Sum(tokens => tokens.Text));
    }
}
