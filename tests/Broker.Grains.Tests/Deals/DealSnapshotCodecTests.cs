using System.Collections.Concurrent;
using Broker.Domain.Deals;
using Broker.Domain.Tests.Generators;
using Broker.Grains.Deals;
using Broker.Grains.Tests.Partitions;
using Broker.Grains.Tests.States;
using CsCheck;
using Google.Protobuf;
using Wire = Broker.Protos.Log.V1;

namespace Broker.Grains.Tests.Deals;

public sealed class DealSnapshotCodecTests
{
    private static readonly DealSnapshotCodec Codec = new();

    [Fact]
    public void A_deal_that_went_through_a_snapshot_holds_decides_and_becomes_what_the_whole_log_would()
    {
        var seen = new ConcurrentDictionary<Type, bool>();
        Gen.Select(LimitGen.Terms, Gen.Int[0, 5], DealStep.Some, DealStep.Some).Sample(
            (terms, start, before, after) =>
            {
                var log = start == 0 ? new DealLog() : DealLog.Active(terms); // most deals are active, or their quota never moves
                foreach (var step in before) step.Do(log);
                var encode = Codec.Freeze(log.State);
                var bytes = Encoded(log.State);
                var restored = log.GoOn(Codec.Decode(bytes, log.State.Position));
                Assert.Equal(StateText.Of(log.State), StateText.Of(restored.State));
                Assert.Equal(bytes, Encoded(restored.State));

                foreach (var step in after) Assert.Equal(step.Do(log), step.Do(restored));

                var whole = log.Replay();
                Assert.Equal(StateText.Of(whole), StateText.Of(restored.State));
                Assert.Equal(Encoded(whole), Encoded(restored.State));
                Assert.Equal(bytes, encode().ToArray()); // frozen: what came after it is not in it
                foreach (var (_, fact) in log.Entries) seen[fact.GetType()] = true;
            },
            iter: 2_000);
        Assert.Empty(typeof(DealEvent).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(DealEvent))).Except(seen.Keys));
    }

    [Fact]
    public void Whatever_the_bytes_they_are_a_state_or_are_refused() => Gen.Select(LimitGen.Terms, DealStep.Some, Gen.Int[0, int.MaxValue], Gen.Byte, Gen.Bool).Sample(
        (terms, steps, place, value, isCut) =>
        {
            var log = DealLog.Active(terms);
            foreach (var step in steps) step.Do(log);
            var bytes = Encoded(log.State);
            place %= bytes.Length;
            bytes[place] = value;
            if (isCut) bytes = bytes[..place];

            if (Record.Exception(() => Codec.Decode(bytes, log.State.Position)) is { } failure) Assert.IsType<InvalidDataException>(failure);
        },
        iter: 2_000);

    [Fact]
    public void Another_version_another_position_and_a_field_of_tomorrow_are_refused()
    {
        var log = DealLog.Active(Given.Terms);
        var bytes = Encoded(log.State);

        var next = Wire.DealSnapshot.Parser.ParseFrom(bytes);
        next.Version++;
        Assert.Throws<InvalidDataException>(() => Codec.Decode(next.ToByteArray(), log.State.Position));
        Assert.Throws<InvalidDataException>(() => Codec.Decode(bytes, log.State.Position + 1));
        Assert.Throws<InvalidDataException>(() => Codec.Decode(default, 0));
        Assert.Throws<InvalidDataException>(() => Codec.Decode((byte[])[.. bytes, 0xa0, 0x06, 0x01], log.State.Position));
    }

    /// <summary>Where this fails, a field was added, dropped or given another meaning: count the codec's version up, then freeze this anew.</summary>
    [Fact]
    public void The_schema_is_that_of_the_version() => Assert.Equal(
        (2u, "686582c41467c280"),
        (DealSnapshotCodec.Version, PartitionSnapshotCodecTests.SchemaOf(Wire.DealSnapshot.Descriptor)));

    private static byte[] Encoded(DealState state) => Codec.Freeze(state)().ToArray();
}
