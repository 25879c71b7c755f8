using System.Security.Cryptography;
using System.Text;
using Broker.Domain.Releases;
using CsCheck;

namespace Broker.Domain.Tests.Lineage;

/// <summary>What ties a slice to its records: one other byte, another order or another cut between two ids is another digest.</summary>
public sealed class SliceDigestTests
{
    private static readonly Gen<string[]> Ids = Gen.OneOf('a', 'b', '\u00e9', '\u6f22', '\0', '/').Array[0, 4].Select(id => new string(id)).Array[0, 5];

    [Fact]
    public void The_same_ids_in_the_same_order_have_the_same_digest_and_no_others_have() => Gen.Select(Ids, Ids).Sample(
        (one, other) => Assert.Equal(one.SequenceEqual(other), DigestOf(one) == DigestOf(other)),
        iter: 5_000);

    [Fact]
    public void One_changed_character_is_noticed() => Gen.Select(Gen.String[Gen.Char['a', 'z'], 1, 40].Array[1, 6], Gen.Int[0, 1_000], Gen.Int[1, 25]).Sample(
        (ids, place, shift) =>
        {
            var changed = ids.ToArray();
            var (id, index) = (place % ids.Length, place % ids[place % ids.Length].Length);
            var other = (char)('a' + (ids[id][index] - 'a' + shift) % 26);
            changed[id] = string.Concat(ids[id].AsSpan(0, index), [other], ids[id].AsSpan(index + 1));
            Assert.NotEqual(DigestOf(ids), DigestOf(changed));
        },
        iter: 5_000);

    [Fact]
    public void Where_one_id_ends_and_the_next_begins_is_noticed_and_an_empty_id_is_one()
    {
        string[][] cuts = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["", "abc"], [], [""], ["c", "ab"]];
        Assert.Equal(cuts.Length, cuts.Select(DigestOf).Distinct().Count());
    }

    [Fact]
    public void A_digest_begins_anew_after_it_was_finished()
    {
        using var digest = new SliceDigest();
        digest.Add("a");
        digest.Finish();
        digest.Add("b");
        Assert.Equal(DigestOf(["b"]), Convert.ToHexString(digest.Finish().AsSpan()));
    }

    /// <summary>Clients in other languages compute it too: it is fixed. SHA-256 of 00000001 61 00000003 e6bca2.</summary>
    [Fact]
    public void The_digest_is_the_one_that_is_documented() => Assert.Equal(
        Convert.ToHexString(SHA256.HashData(Convert.FromHexString("000000016100000003e6bca2"))), DigestOf(["a", "\u6f22"]));

    [Fact]
    public void However_many_ids_there_are_and_in_whichever_form_the_digest_is_the_one_of_all_their_bytes() => Gen.String[Gen.Char['a', 'z'], 0, 256].Array[0, 80].Sample(
        ids =>
        {
            var bytes = ids.SelectMany(id => (byte[])[0, 0, (byte)(id.Length >> 8), (byte)id.Length, .. Encoding.UTF8.GetBytes(id)]).ToArray();
            using var digest = new SliceDigest();
            foreach (var (index, id) in ids.Index())
                if (index % 2 == 0) digest.Add(id);
                else digest.Add(Encoding.UTF8.GetBytes(id));
            Assert.Equal(SHA256.HashData(bytes), digest.Finish().ToArray());
        },
        iter: 500);

    private static string DigestOf(string[] ids)
    {
        using var digest = new SliceDigest();
        foreach (var id in ids) digest.Add(id);
        return Convert.ToHexString(digest.Finish().AsSpan());
    }
}
