using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Grains.Segments;
using Broker.Storage.Imports;
using Broker.Storage.Objects.Directory;
using Broker.Storage.Segments;
using Broker.Storage.Tests.Files;

namespace Broker.Storage.Tests.Segments;

/// <summary>Writes segments as an import does, of records in any order.</summary>
internal static class SegmentFiles
{
    public const string Platform = "acme";
    public const string Dataset = "posts";

    /// <summary>A row: the user's number and the record.</summary>
    public sealed record Row(int User, SourceRecord Record)
    {
        public ulong IdHash => HashOf(Record.Id);

        public RowKey Key => new(Record.Kind, Record.CreatedAt.ToUnixTimeMilliseconds(), IdHash);

        /// <summary>A field, as it has to come back.</summary>
        public byte[] Field(RecordFields field) => Encoding.UTF8.GetBytes(field switch
        {
            RecordFields.Id => Record.Id,
            RecordFields.Author => Record.UserId,
            RecordFields.Language => Record.Language,
            RecordFields.Title => Record.Title,
            RecordFields.Text => Record.Text,
            RecordFields.TargetId => Record.TargetId,
            RecordFields.Licence => Record.Licence,
            RecordFields.Attribution => Record.Attribution,
            _ => throw new ArgumentOutOfRangeException(nameof(field)),
        });

        /// <summary>Bytes under a policy, field by field.</summary>
        public long BytesUnder(FieldPolicy policy) => EachField.Sum(field =>
            (policy.Dropped & field) != 0 ? 0L
            : (policy.Pseudonymised & field) == 0 ? Field(field).Length
            : Field(field).Length == 0 ? 0
            : FieldPolicy.PseudonymBytes);
    }

    public static IReadOnlyList<RecordFields> EachField { get; } = [.. Enum.GetValues<RecordFields>().Where(field => field is not (RecordFields.None or RecordFields.All))];

    public static IReadOnlyList<Row> InOrder(IEnumerable<Row> rows) => [.. rows.OrderBy(row => row.User).ThenBy(row => row.Key)];

    /// <summary>Writes and publishes rows of one kind, in order, into a directory.</summary>
    public static async Task<SegmentInfo> WriteAsync(string root, IReadOnlyList<Row> rows, int chunkRowsMax = 4_096)
    {
        using var store = Open(root);
        return await WriteAsync(store, rows, chunkRowsMax);
    }

    /// <summary>Writes and publishes rows of one kind, in order.</summary>
    public static async Task<SegmentInfo> WriteAsync(SegmentStore store, IReadOnlyList<Row> rows, int chunkRowsMax = 4_096)
    {
        using var spool = new ScratchDirectory();
        var written = Spool(spool.Path, rows, chunkRowsMax);
        await store.PublishAsync(Platform, written, CancellationToken.None);
        return written.Info;
    }

    /// <summary>Segments in a directory.</summary>
    public static SegmentStore Open(string root) => new(new DirectoryObjectStore(root));

    /// <summary>Writes rows of one kind, in order, to local files.</summary>
    public static WrittenSegment Spool(string spool, IReadOnlyList<Row> rows, int chunkRowsMax = 4_096)
    {
        using var writer = new SegmentWriter(new SegmentPlace(Dataset, 3, rows[0].Record.Kind, 17, 0, "0123456789abcdef"), spool, chunkRowsMax);
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var row in rows)
        {
            buffer.ResetWrittenCount();
            SpooledRecord.Write(buffer, row.Record);
            writer.Add(row.User, row.IdHash, new SpooledRecord(buffer.WrittenSpan));
        }

        return writer.Finish();
    }

    public static string RowsPath(string root, SegmentInfo info, string dataset = Dataset) => Path.Combine(root, SegmentKeys.RowsOf(Platform, dataset, info.Id).Value);

    public static string IdsPath(string root, SegmentInfo info) => Path.Combine(root, SegmentKeys.IdsOf(Platform, Dataset, info.Id).Value);

    public static SegmentRef RefOf(SegmentInfo info) => new(Platform, info.Dataset, info.Id, info.Digest.AsMemory());

    private static ulong HashOf(string id) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
}
