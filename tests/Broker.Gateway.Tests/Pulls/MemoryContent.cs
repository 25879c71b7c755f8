using System.Collections.Concurrent;
using System.Text;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Grains.Segments;
using Broker.Storage.Segments;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>A segment in memory, its rows as they are given.</summary>
internal sealed class MemoryContent(string segmentId, string dataset, IReadOnlyList<SourceRecord> records) : SegmentContent
{
    public override string SegmentId => segmentId;

    public override string Dataset => dataset;

    public override RecordKind Kind => records[0].Kind;

    public override int Count => records.Count;

    public IReadOnlyList<SourceRecord> Records => records;

    /// <summary>Called as a row is rendered: the moment between two messages, where it is the first of a message.</summary>
    public Action<int>? Rendering { get; set; }

    /// <summary>What stands after each text that is read from now on: the segment is not what it was.</summary>
    public string Appended { get; set; } = "";

    public byte[] Digest => Encoding.UTF8.GetBytes(segmentId);

    public override int UserAt(int row) => 0;

    public override RowKey KeyAt(int row) => new(Kind, CreatedAtMsAt(row), (ulong)row);

    public override string LanguageAt(int row) => records[row].Language;

    public override string IdAt(int row) => records[row].Id;

    public override long CreatedAtMsAt(int row) => records[row].CreatedAt.ToUnixTimeMilliseconds();

    public override ReadOnlySpan<byte> FieldAt(RecordFields field, int row)
    {
        if (field == RecordFields.Id) Rendering?.Invoke(row);
        return Bytes(field, row);
    }

    public override long BytesOf(int from, int to, FieldPolicy policy) => Enumerable.Range(from, to - from).Sum(row => EachField.Sum(field =>
        (policy.Dropped & field) != 0 ? 0
        : (policy.Pseudonymised & field) != 0 ? Math.Min(1, Bytes(field, row).Length) * FieldPolicy.PseudonymBytes
        : Bytes(field, row).Length));

    private static readonly RecordFields[] EachField = [.. Enum.GetValues<RecordFields>().Where(field => field is not (RecordFields.None or RecordFields.All))];

    private byte[] Bytes(RecordFields field, int row) => Encoding.UTF8.GetBytes(field switch
    {
        RecordFields.Id => records[row].Id,
        RecordFields.Author => records[row].UserId,
        RecordFields.Language => records[row].Language,
        RecordFields.Title => records[row].Title,
        RecordFields.Text => records[row].Text + Appended,
        RecordFields.TargetId => records[row].TargetId,
        RecordFields.Licence => records[row].Licence,
        RecordFields.Attribution => records[row].Attribution,
        _ => throw new ArgumentOutOfRangeException(nameof(field)),
    });
}

/// <summary>Segments in memory; one that is not there is corrupt.</summary>
internal sealed class MemorySegments : ISegmentContents
{
    private readonly ConcurrentDictionary<string, MemoryContent> _contents = new(StringComparer.Ordinal);

    /// <summary>Called as a slice's rows are opened: before its first message.</summary>
    public Action<string>? Opening { get; set; }

    /// <summary>Posts "0" to "n − 1" of one author.</summary>
    public MemoryContent AddPosts(int count, string text = "text", string segmentId = "segment", string dataset = "posts") =>
        Add(new MemoryContent(segmentId, dataset, [.. Enumerable.Range(0, count).Select(index => Post($"{segmentId}-{index}", text))]));

    public MemoryContent Add(MemoryContent content) => _contents[content.SegmentId] = content;

    public Task<SegmentContent> OpenAsync(SegmentRef segment, CancellationToken cancellationToken)
    {
        Opening?.Invoke(segment.Id);
        return _contents.TryGetValue(segment.Id, out var content) && segment.Digest.Span.SequenceEqual(content.Digest)
            ? Task.FromResult<SegmentContent>(content)
            : throw new SegmentCorruptException(segment.Id, "it is not there.");
    }

    private static SourceRecord Post(string id, string text) =>
        new() { Id = id, UserId = "ann", Kind = RecordKind.Post, CreatedAt = DateTimeOffset.UnixEpoch.AddSeconds(5), Text = text };
}
