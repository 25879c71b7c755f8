using Broker.Domain.Releases;
using Broker.Grains.Keys;

namespace Broker.Grains.Tests.Keys;

public sealed class PseudonymsTests
{
    private static readonly Pseudonyms Ours = OfKey(1);

    [Fact]
    public void A_pseudonym_is_the_same_each_time_and_as_long_as_it_is_charged()
    {
        var pseudonym = Ours.Of(RecordFields.Author, "gr\u00fc\u00dfe");
        Assert.Equal(FieldPolicy.PseudonymBytes, pseudonym.Length);
        Assert.Equal(pseudonym, OfKey(1).Of(RecordFields.Author, "gr\u00fc\u00dfe"u8));
        Assert.Matches("^[A-Za-z0-9_-]{43}$", pseudonym);
    }

    [Fact]
    public void Neither_two_deals_nor_two_fields_can_be_joined_by_pseudonyms()
    {
        var all = Enumerable.Range(0, 8).Select(bit => (RecordFields)(1 << bit)).SelectMany(field => new[] { Ours.Of(field, "7"), OfKey(2).Of(field, "7") });
        Assert.Equal(16, all.Distinct().Count());
    }

    [Fact]
    public void Nothing_has_no_pseudonym() => Assert.Equal("", Ours.Of(RecordFields.TargetId, ""));

    [Theory]
    [InlineData(RecordFields.None)]
    [InlineData(RecordFields.Author | RecordFields.Text)]
    public void A_pseudonym_is_of_one_field(RecordFields fields) => Assert.Throws<ArgumentOutOfRangeException>(() => Ours.Of(fields, "7"));

    private static Pseudonyms OfKey(byte value) => new(Enumerable.Repeat(value, UserKey.Bytes).ToArray());
}
