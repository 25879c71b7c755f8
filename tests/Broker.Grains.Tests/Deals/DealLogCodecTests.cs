using System.Text.Json;
using Broker.Domain.Deals;
using Broker.Grains.Deals;
using Broker.Grains.Tests.Partitions;
using CsCheck;

namespace Broker.Grains.Tests.Deals;

public sealed class DealLogCodecTests
{
    private static readonly DealLogCodec Codec = new();

    public static TheoryData<Type> EveryEventType()
    {
        var types = new TheoryData<Type>();
        foreach (var type in typeof(DealEvent).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(DealEvent)))) types.Add(type);
        return types;
    }

    [Theory, MemberData(nameof(EveryEventType))]
    public void Every_event_comes_back_as_it_was_written(Type type) =>
        Gen.Int.Sample(
            seed =>
            {
                var fact = (DealEvent)new AnyValue(seed).Of(type);
                Assert.Equal(JsonSerializer.Serialize(fact, type), JsonSerializer.Serialize(Codec.Decode(Codec.Encode(fact)), type));
            },
            iter: 300);

    [Theory]
    [InlineData("")]
    [InlineData("ff")]
    [InlineData("fa3f00")] // a field of tomorrow
    public void Bytes_that_are_no_event_are_refused(string hex) =>
        Assert.Throws<InvalidDataException>(() => Codec.Decode(Convert.FromHexString(hex)));
}
