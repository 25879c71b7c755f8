using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Gateway.Pulls;
using Broker.Storage.Segments;
using CsCheck;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>Segments, runs of their rows and dropped fields, at random.</summary>
internal static class SegmentCases
{
    private static readonly Gen<string> Texts = Gen.OneOf(Gen.Const(""), Gen.String[Gen.Char['a', 'z'], 1, 40], Gen.Const("Überschrift 🎉"));

    private static readonly Gen<SourceRecord> Records = Gen.Select(Gen.Long[-5, 2_000_000_000_000], Texts, Texts, Texts, (created, author, title, text) => new SourceRecord
    {
        Id = $"{text.Length}-{created}",
        UserId = author,
        Kind = RecordKind.Comment,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(created),
        Language = title.Length > 5 ? "de" : "",
        Title = title,
        Text = text,
        TargetId = author.Length > 3 ? "9" : "",
        Licence = "CC-BY-4.0",
        Attribution = "",
    });

    public static readonly Gen<(List<SourceRecord> Records, int ChunkRows, (int From, int Length)[] Runs, RecordFields Dropped)> All = Gen.Select(
        Records.List[1, 60], Gen.Int[1, 25], Gen.Select(Gen.Int[0, 59], Gen.Int[0, 30]).Array[0, 6], Gen.Int[0, 255],
        (records, chunk, runs, dropped) => (records, chunk, runs, (RecordFields)dropped & ~RecordFields.Id));

    /// <summary>The runs that lie within a case's content.</summary>
    public static List<OpenedRows> RunsOf(SegmentContent content, IEnumerable<(int From, int Length)> runs) => [.. runs
        .Select(run => new OpenedRows(content, Math.Min(run.From, content.Count), Math.Min(run.From + run.Length, content.Count)))
        .Where(run => run.To > run.From)];
}
