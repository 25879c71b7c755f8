using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Broker.Domain;
using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;
using Broker.Grains.Partitions;
using CsCheck;

namespace Broker.Grains.Tests.Partitions;

public sealed class PartitionLogCodecTests
{
    private static readonly PartitionLogCodec Codec = new();
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 30, 0, TimeSpan.Zero);

    public static TheoryData<Type> EveryEventType()
    {
        var types = new TheoryData<Type>();
        foreach (var type in typeof(PartitionEvent).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(PartitionEvent)))) types.Add(type);
        return types;
    }

    [Theory, MemberData(nameof(EveryEventType))]
    public void Every_event_comes_back_as_it_was_written(Type type) =>
        Gen.Int.Sample(
            seed =>
            {
                var fact = (PartitionEvent)new AnyValue(seed).Of(type);
                Assert.Equal(Json(fact), Json(Codec.Decode(Codec.Encode(fact))));
            },
            iter: 300);

    [Theory, MemberData(nameof(EveryEventType))]
    public void Every_event_has_an_example_whose_bytes_are_frozen(Type type) => Assert.Contains(Examples, example => example.Fact.GetType() == type);

    [Fact]
    public void Bytes_on_disk_do_not_change()
    {
        var now = Examples.Select(example => (example.Fact.GetType().Name, Convert.ToHexStringLower(Codec.Encode(example.Fact).Span)));
        Assert.Equal(Examples.Select(example => (example.Fact.GetType().Name, example.Bytes)), now);
    }

    [Fact]
    public void A_release_of_16384_records_of_160_users_costs_at_most_a_twentieth_of_a_byte_each()
    {
        var fact = Slice(users: 160, [.. Enumerable.Range(0, 16).Select(index => One(1_000_003 + index * 10, RecordKinds.All))]);
        Assert.InRange(Codec.Encode(fact).Length, 1, 16_384 / 20);
        // The runs themselves: a byte or two each.
        var alone = Slice(users: 160, []);
        Assert.InRange(Codec.Encode(fact).Length - Codec.Encode(alone).Length, 16, 16 * 2 + 8);
        Assert.InRange(Codec.Encode(alone).Length, 1, 140);
    }

    [Fact]
    public void A_thousand_neighbours_who_never_consented_cost_no_more_than_a_few_bytes()
    {
        var alone = Codec.Encode(Slice(users: 1160, [])).Length;
        var fact = Slice(users: 1160, [new Exclusion(new UserRun(1_000_100, 1_001_099), RecordKinds.Post)]);
        Assert.InRange(Codec.Encode(fact).Length - alone, 1, 14);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ff")]
    [InlineData("fa3f00")] // a field of tomorrow
    [InlineData("4a025205")] // a Released that is cut short
    public void Bytes_that_are_no_event_are_refused(string hex) =>
        Assert.Throws<InvalidDataException>(() => Codec.Decode(Convert.FromHexString(hex)));

    private static string Json(PartitionEvent fact) => JsonSerializer.Serialize(fact, fact.GetType());

    private static Released Slice(int users, ImmutableArray<Exclusion> exclusions) => new("reddit-google-2024", new ReleasedSlice(
        Round: 3,
        Number: 412,
        new PullCursor(999_999, RowKey.Last),
        new PullCursor(999_999 + users, new RowKey(RecordKind.Post, 1_709_250_000_000, 0xfedc_ba98_7654_3210)),
        IntervalFrom: 1_234_567,
        IntervalTo: 2_345_678,
        exclusions,
        ContractVersion: 2,
        new ReservationId(3, 11, 412, 417, 5).ToString(),
        new Amounts(16_384, 5_406_720, 0, 16_384_000_000),
        [.. SHA256.HashData([1])]));

    private static Exclusion One(int user, RecordKinds kinds) => new(new UserRun(user, user), kinds);

    private static ImmutableArray<byte> Four(byte first) => [first, 2, 3, 4];

    private static ContractTerms Terms => new()
    {
        Scope = new Scope
        {
            Datasets = ["posts", "wiki"],
            Kinds = RecordKinds.Post,
            Purposes = Purposes.Evaluation,
            Languages = ["en"],
            CreatedFrom = At.AddYears(-1),
            Fields = new FieldPolicy(RecordFields.Title, RecordFields.Author),
            AttributionRequired = true,
        },
        Price = new Price(PriceModel.PerRecord, 1500, "USD"),
        Limits = [new QuotaLimit(QuotaDimension.Money, QuotaPeriod.Term, 60_000_000_000_000)],
        TermStart = At,
        TermEnd = At.AddYears(1),
        TimeZone = "Europe/Dublin",
        DeleteAtEnd = true,
    };

    private static readonly ImmutableArray<(PartitionEvent Fact, string Bytes)> Examples =
    [
        (new PartitionCreated("x", 3, 16), "8201070a017810031810"),
        (new PolicyAnnounced(new Policy
        {
            Version = 2,
            Kinds = RecordKinds.Post | RecordKinds.Like,
            Purposes = Purposes.FoundationModelTraining,
            EffectiveAt = At,
            DefaultRule = new JurisdictionRule("", Regime.OptOut, 30),
            JurisdictionRules = [new JurisdictionRule("EU", Regime.OptIn, 0), new JurisdictionRule("CH", Regime.Excluded, 0)],
            ObjectionChannel = "https://x.example/object",
        }), "8a01410a3f0802100a18022080d0c69b89e6fb3e2a041002181e32060a024555100132060a02434810033a1868747470733a2f2f782e6578616d706c652f6f626a656374"),
        (new PolicyInForce(2), "9201020802"),
        (new UserAdded(7, Four(1), "IE"), "0a0c08071204010203041a024945"),
        (new JurisdictionChanged(7, "US-CA"), "9a01090807120555532d4341"),
        (new NoticesGiven(2, At, At.AddDays(30), [new UserRun(0, 4), new UserRun(7, 7)]), "121e08021080d0c69b89e6fb3e1880d0eaa1e8ca873f22080a02000412020400"),
        (new NoticeRun(2, At.AddDays(30), [new UserRun(2, 2), new UserRun(7, 7)]), "1a1108021080d0eaa1e8ca873f1a040a020408"),
        (new ConsentChanged(7, new ConsentDecision(
            At.AddTicks(1), Purposes.All, RecordKinds.Post, "openai", ConsentChoice.Withdraw, ConsentSource.User)), "221b08071082d0c69b89e6fb3e183e20022a066f70656e616930023801"),
        (new RecordsAdded("import-1", new SegmentInfo("import-1-3-post", "posts", RecordKind.Post, 1200, 400_000, Four(1), Four(2))), "2a370a08696d706f72742d31120f696d706f72742d312d332d706f73741a05706f737473200128b0093080b5183a0401020304420402020304"),
        (new RecordRemoved(7, "import-1-3-post", 11, RecordKind.Post, "en", 1_709_250_000_000, 12, Four(3), RemovalCause.Deleted), "322c0807120f696d706f72742d312d332d706f7374180b20012a02656e3080d2e9f3be63380c4204030203044805"),
        (new SegmentsMerged(
            ["s1", "s2"],
            [
                new MergedSegment(new SegmentInfo("m1", "posts", RecordKind.Post, 1190, 390_000, Four(1), Four(2)), 12, 40, IsRemnants: false),
                new MergedSegment(new SegmentInfo("m2", "posts", RecordKind.Post, 10, 4_000, Four(3), Four(4)), 12, 12, IsRemnants: true),
            ],
            77,
            [new CarriedRemoval("s2", 5, 40, 600)]), "c201670a0273310a02733212260a2012026d311a05706f737473200128a60930f0e6173a0401020304420402020304100c182812260a1e12026d321a05706f7374732001280a30a01f3a0403020304420404020304100c180c2001184d220b0a0273321005182820d804"),
        (new SegmentsMerged(
            ["s1", "s2"],
            [
                new MergedSegment(new SegmentInfo("m1", "posts", RecordKind.Post, 1190, 390_000, Four(1), Four(2)), 12, 40, IsRemnants: false)
                {
                    Tokens = [new SegmentTokens("o200k_base", Four(5)), new SegmentTokens("cl100k_base", Four(6))],
                },
            ],
            77,
            []), "c2015b0a0273310a027332124f0a2012026d311a05706f737473200128a60930f0e6173a0401020304420402020304100c18282a120a0a6f3230306b5f626173651204050203042a130a0b636c3130306b5f62617365120406020304184d"),
        (new TokensCounted("s1", new SegmentTokens("o200k_base", Four(5))), "d201180a02733112120a0a6f3230306b5f62617365120405020304"),
        (new ContractSeen("d1", "openai", 2, Terms with { Price = new Price(PriceModel.PerThousandTokens, 50_000, "USD"), Tokenizer = "o200k_base" }), "b20187010a02643112066f70656e6169180222770a240a05706f7374730a0477696b69100218082202656e2880d0908fdab1ec3d380840024801120b080310d086031a035553441a0c08041003188080bfb59dd20d2080d0c69b89e6fb3e2880d0fca7b89a8b40320d4575726f70652f4475626c696e388080cea6a53240014a0a6f3230306b5f62617365"),
        (new SegmentsDeleted(["s1", "s2"]), "ca01080a0273310a027332"),
        (new UserErased(7, Four(4)), "a201080807120404020304"),
        (new UserKeyDestroyed(7), "aa01020807"),
        (new ContractSeen("d1", "openai", 1, Terms), "b2017a0a02643112066f70656e61691801226a0a240a05706f7374730a0477696b69100218082202656e2880d0908fdab1ec3d380840024801120a080210dc0b1a035553441a0c08041003188080bfb59dd20d2080d0c69b89e6fb3e2880d0fca7b89a8b40320d4575726f70652f4475626c696e388080cea6a5324001"),
        (new PullOpened("d1", 2, 1, 40), "3a0a0a026431100218012028"),
        (new PullFinished("d1", 2), "42060a0264311002"),
        (new Released("d1", new ReleasedSlice(
            2, 5, new PullCursor(6, new RowKey(RecordKind.Comment, -5, 9)), new PullCursor(20, RowKey.Last), 40, 90,
            [One(7, RecordKinds.Post), new Exclusion(new UserRun(9, 12), RecordKinds.All)],
            1, "2/3/5/1@1", new Amounts(100, 2000, 0, 300), Four(5))), "4a4a0a0264311002180520072a0d08021009190900000000000000300e4028483252080a020202120200035a02023e60016a09322f332f352f3140317208086410d00f20ac027a0405020304"),
        (new Resent("d1", 2, 5, 1, new Amounts(99, 1990, 0, 297), Four(6), new Amounts(1, 10, 0, 3)), "52220a0264311002180520012a08086310c60f20a9023204060203043a060801100a2003"),
        (new Confirmed("d1", 2, [5, 6, 9], SliceOutcome.Dropped), "5a0d0a02643110021a030a02062002"),
        (new CreditsSettled("d1", 88), "62060a0264311058"),
        (new ReservationVoided("d1", "2/3/6/2@1"), "6a0f0a0264311209322f332f362f324031"),
        (new RecallIssued(new Recall(
            1, "d1", RecallCause.Deletion, RecallCoverage.OfRecords(7, [new RecordRef("import-1-3-post", 11, 12)]), At)), "722c0801120264311802200228073a150a0f696d706f72742d312d332d706f7374100b180c4080d0c69b89e6fb3e"),
        (new RecallAnswered(1, new RecallAnswer(RecallVerdict.RetainedInModel, "run-1", "openai-bot", "ab12")), "7a1d080110021a0572756e2d31220a6f70656e61692d626f742a0461623132"),
        (new TrainingRunRegistered("d1", new TrainingRun("run-1", "m-1", [new SliceRun(2, 1, 5)])), "ba01180a026431120572756e2d311a036d2d312206080210011805"),
    ];
}
