using System.Collections.Immutable;
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
        SegmentContent? content = null;
        foreach (var rows in grant.Rows)
        {
            // Many short runs of one segment come one after another, where users withdrew.
            if (content is null || opened[^1].Content.SegmentId != rows.SegmentId)
                content = await segments.OpenAsync(new SegmentRef(platform, rows.Dataset, rows.SegmentId, rows.SegmentDigest), cancellationToken);
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
            rows.Content.AddIdsTo(digest, rows.From, rows.To);
        }

        ImmutableArray<byte> found = digest.Finish();
        if (records == grant.Records && bytes == grant.Bytes && found.AsSpan().SequenceEqual(grant.Digest)) return;
        var segment = opened.Count > 0 ? opened[0].Content.SegmentId : "(none)";
        throw new SegmentCorruptException(segment, $"the slice has {records} records and {bytes} bytes; {grant.Records} and {grant.Bytes} were released, or their ids differ.");
    }
}

/// <summary>Rows [From, To) of an open segment.</summary>
internal readonly record struct OpenedRows(SegmentContent Content, int From, int To);
