using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Broker.Auditor.Consents;

namespace Broker.Auditor.Partitions;

/// <summary>Which rows a deal may have, and which it got: recomputed from rows, consent and contracts at any position.</summary>
internal sealed class RowBook(string platform, IRowSource rows, SegmentBook segments, ConsentReplay consents)
{
    private (int User, int Segments, IReadOnlyList<(Cursor Place, PlacedRow Row)> Rows) _last = (-1, 0, []);

    /// <summary>The user's rows that left in a slice, in the order of the walk.</summary>
    public IEnumerable<PlacedRow> Delivered(PartitionDeal deal, Slice slice, int user)
    {
        var excluded = slice.ExcludedKindsOf(user);
        return from row in RowsOf(deal, slice.From, slice.To, slice.IntervalTo, user)
               where !Masks.Has(excluded, row.Segment.Kind) && IsAvailable(deal, RoundOf(deal, slice), row, slice.Place.Position - 1)
               select row;
    }

    /// <summary>The digest and the number of the rows that a slice's users were free to give at a position; no digest where the id of
    /// one is gone for good.</summary>
    public (long Count, byte[]? Digest) Recount(PartitionDeal deal, Slice slice, long at)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (count, isNameless) = (0L, false);
        foreach (var row in FreeRows(deal, slice, at))
        {
            count++;
            isNameless |= row.Row.Id.Length == 0;
            Append(digest, row.Row.Id);
        }

        return (count, isNameless ? null : digest.GetHashAndReset());
    }

    /// <summary>The tokens of those of a slice's records that were free to leave at a position, and whether all of them could still be looked up: of a record that is gone since nothing tells.</summary>
    public (long Tokens, bool IsWhole) RecountTokens(PartitionDeal deal, Slice slice, Terms terms, Terms now, long at)
    {
        var (tokens, isWhole) = (0L, true);
        foreach (var row in FreeRows(deal, slice, at))
        {
            var segment = row.Segment;
            if (segment.Tokens.TryGetValue(terms.Tokenizer, out var digest))
                tokens += terms.TokensOf(rows.TokensOf(new AuditSegment(platform, segment.Dataset, segment.Id, segment.Digest), terms.Tokenizer, digest, row.Row.Row), now);
            else
                isWhole = false;
        }

        return (tokens, isWhole);
    }

    /// <summary>How many rows of a round's interval in a range were free to leave at a position.</summary>
    public long CountAvailable(PartitionDeal deal, Round round, Cursor from, Cursor to, long at)
    {
        var count = 0L;
        for (var user = Math.Max(0, from.NextUser); user <= to.User && user < consents.UserCount; user++)
            count += RowsOf(deal, from, to, round.IntervalTo, user).LongCount(row => IsAvailable(deal, round, row, at));
        return count;
    }

    /// <summary>Whether the deal's newest terms, for the purposes that the row left for, the user's consent and the record itself still
    /// stood at a position.</summary>
    public bool IsAdmitted(PartitionDeal deal, Slice slice, PlacedRow row, long at) =>
        !IsGone(row, at)
        && AdmittedSince(deal, row, at) is not null
        && deal.TermsOf(slice.ContractVersion)?.Purposes == deal.Contracts.FindLast(contract => contract.Position <= at).Terms.Purposes;

    public bool IsGone(PlacedRow row, long at) => segments.RemovalOf(row.Name) <= at || consents.IsErased(row.User, at);

    private IEnumerable<PlacedRow> RowsOf(PartitionDeal deal, Cursor after, Cursor last, long intervalTo, int user) =>
        from held in RowsOf(user)
        let segment = held.Row.Segment
        where held.Row.AddedPosition <= intervalTo && deal.Contracts.Exists(contract => contract.Terms.Admits(segment.Dataset, segment.Kind))
        where held.Place.CompareTo(after) > 0 && held.Place.CompareTo(last) <= 0
        select held.Row;

    // All that a user has, in the order of the walk. The last user's are kept: a withdrawal looks at every slice that reached one user, and there may be
    // thousands of slices and of segments.
    private IReadOnlyList<(Cursor Place, PlacedRow Row)> RowsOf(int user)
    {
        if (_last.User == user && _last.Segments == segments.Readable.Count) return _last.Rows;
        var held = from segment in segments.Readable
                   from row in rows.RowsOf(new AuditSegment(platform, segment.Dataset, segment.Id, segment.Digest), user)
                   let place = new Cursor(user, segment.Kind, row.CreatedAtMs, row.IdHash ?? HashOf(row.Id))
                   orderby place
                   select (place, new PlacedRow(segment, row, user));
        _last = (user, segments.Readable.Count, [.. held]);
        return _last.Rows;
    }

    /// <summary>The rows that a slice's users were free to give at a position, in the order of the walk.</summary>
    private IEnumerable<PlacedRow> FreeRows(PartitionDeal deal, Slice slice, long at)
    {
        var round = RoundOf(deal, slice);
        for (var user = Math.Max(0, slice.From.NextUser); user <= slice.To.User && user < consents.UserCount; user++)
            foreach (var row in RowsOf(deal, slice.From, slice.To, slice.IntervalTo, user).Where(row => IsAvailable(deal, round, row, at)))
                yield return row;
    }

    private static Round RoundOf(PartitionDeal deal, Slice slice) => deal.Rounds[slice.Round - 1];

    private bool IsAvailable(PartitionDeal deal, Round round, PlacedRow row, long at)
    {
        if (IsGone(row, at) || AdmittedSince(deal, row, at) is not { } since) return false;
        return round.Holds(row, Math.Max(since, row.AddedPosition));
    }

    /// <summary>Since when contract and consent have admitted the row without a break; null where they do not.</summary>
    private long? AdmittedSince(PartitionDeal deal, PlacedRow row, long at)
    {
        long? since = null;
        for (var index = deal.Contracts.FindLastIndex(contract => contract.Position <= at); index >= 0; index--)
        {
            var (seen, _, terms) = deal.Contracts[index];
            if (!terms.Admits(row.Segment.Dataset, row.Segment.Kind, row.Row)) return since;
            if (consents.Since(row.User, row.Segment.Kind, terms.Purposes, deal.Partner, at) is not { } consented) return since;
            if (consented > seen) return consented;
            since = seen;
            at = seen - 1;
            if (index > 0 && deal.Contracts[index - 1].Terms.Purposes != terms.Purposes) return since; // another licence
        }

        return since;
    }

    private static ulong HashOf(string id) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(id)));

    private static void Append(IncrementalHash digest, string id)
    {
        var bytes = Encoding.UTF8.GetBytes(id);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        digest.AppendData(length);
        digest.AppendData(bytes);
    }
}
