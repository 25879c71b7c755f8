using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using Broker.Domain.Releases;
using Broker.Grains.Keys;
using Broker.Grains.Pulls;
using Broker.Grains.Segments;
using Broker.Protos.V1;
using Broker.Storage.Segments;

namespace Broker.Gateway.Pulls;

/// <summary>Reads granted rows from segments and renders them as the contract's field policy says.</summary>
internal sealed class RecordRenderer(ISegmentContents segments)
{
    /// <summary>Opens a grant's rows and checks that they are what was released: as many, as large, of the same ids.</summary>
    /// <exception cref="SegmentCorruptException">They are not.</exception>
    public async Task<IReadOnlyList<OpenedRows>> OpenAsync(string platform, SliceGrant grant, CancellationToken cancellationToken)
    {
        var opened = new List<OpenedRows>(grant.Rows.Count);
        foreach (var rows in grant.Rows)
        {
            var content = await segments.OpenAsync(new SegmentRef(platform, rows.Dataset, rows.SegmentId, rows.SegmentDigest), cancellationToken);
            if (rows.From < 0 || rows.To > content.Count) throw new SegmentCorruptException(rows.SegmentId, $"it has no rows {rows.From} to {rows.To}.");
            opened.Add(new OpenedRows(content, rows.From, rows.To));
        }

        Verify(grant, opened);
        return opened;
    }

    /// <summary>UTF-8 bytes of a rendered record's fields: what it is charged by.</summary>
    public static long BytesOf(Record record)
    {
        var utf8 = Encoding.UTF8;
        return (long)utf8.GetByteCount(record.Id) + utf8.GetByteCount(record.Author) + utf8.GetByteCount(record.Language) + utf8.GetByteCount(record.Title)
            + utf8.GetByteCount(record.Text) + utf8.GetByteCount(record.TargetId) + utf8.GetByteCount(record.Licence) + utf8.GetByteCount(record.Attribution);
    }

    /// <summary>One record as the policy releases it.</summary>
    public static Record Render(SegmentContent content, int row, FieldPolicy policy, Pseudonyms pseudonyms) => new()
    {
        Id = Encoding.UTF8.GetString(content.FieldAt(RecordFields.Id, row)), // as it is under every policy: a recall names it
        Author = Text(content, row, RecordFields.Author, policy, pseudonyms),
        Kind = (RecordKind)content.Kind,
        CreateTimeMs = content.CreatedAtMsAt(row),
        Language = Text(content, row, RecordFields.Language, policy, pseudonyms),
        Title = Text(content, row, RecordFields.Title, policy, pseudonyms),
        Text = Text(content, row, RecordFields.Text, policy, pseudonyms),
        TargetId = Text(content, row, RecordFields.TargetId, policy, pseudonyms),
        Licence = Text(content, row, RecordFields.Licence, policy, pseudonyms),
        Attribution = Text(content, row, RecordFields.Attribution, policy, pseudonyms),
    };

    private static string Text(SegmentContent content, int row, RecordFields field, FieldPolicy policy, Pseudonyms pseudonyms)
    {
        if ((policy.Dropped & field) != 0) return "";
        var value = content.FieldAt(field, row);
        var text = (policy.Pseudonymised & field) != 0 ? pseudonyms.Of(field, value) : Encoding.UTF8.GetString(value);
        GC.KeepAlive(content); // the value lies in its mapped file
        return text;
    }

    private static void Verify(SliceGrant grant, List<OpenedRows> opened)
    {
        var policy = grant.Fields.ToPolicy();
        using var digest = new SliceDigest();
        var (records, bytes) = (0L, 0L);
        foreach (var rows in opened)
        {
            records += rows.To - rows.From;
            bytes += rows.Content.BytesOf(rows.From, rows.To, policy);
            AddIds(digest, rows);
        }

        ImmutableArray<byte> found = digest.Finish();
        if (records == grant.Records && bytes == grant.Bytes && found.AsSpan().SequenceEqual(grant.Digest)) return;
        var segment = opened.Count > 0 ? opened[0].Content.SegmentId : "(none)";
        throw new SegmentCorruptException(segment, $"the slice has {records} records and {bytes} bytes; {grant.Records} and {grant.Bytes} were released, or their ids differ.");
    }

    private static void AddIds(SliceDigest digest, OpenedRows rows)
    {
        for (var row = rows.From; row < rows.To;)
        {
            if (rows.Content.ColumnsAt(row) is not { } columns)
            {
                digest.Add(rows.Content.IdAt(row++));
                continue;
            }

            var end = Math.Min(rows.To, columns.FirstRow + columns.Count);
            var offsets = MemoryMarshal.Cast<byte, int>(columns.OffsetsOf(RecordFields.Id).Span)[(row - columns.FirstRow)..(end - columns.FirstRow + 1)];
            var values = columns.ValuesOf(RecordFields.Id).Span;
            for (var index = 1; index < offsets.Length; index++) digest.Add(values[offsets[index - 1]..offsets[index]]);
            row = end;
        }

        GC.KeepAlive(rows.Content); // the values lie in its mapped file
    }
}

/// <summary>Rows [From, To) of an open segment.</summary>
internal readonly record struct OpenedRows(SegmentContent Content, int From, int To);
