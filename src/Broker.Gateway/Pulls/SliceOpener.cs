using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Broker.Domain.Releases;
using Broker.Grains.Pulls;
using Broker.Grains.Segments;
using Broker.Storage.Segments;

namespace Broker.Gateway.Pulls;

/// <summary>Opens granted rows.</summary>
internal sealed class SliceOpener(ISegmentContents segments)
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
