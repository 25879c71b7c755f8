using System.Collections.Concurrent;
using System.Security.Cryptography;
using Broker.Domain.Partitions;
using Broker.Domain.Tests.Generators;
using Broker.Grains.Partitions;
using Broker.Grains.Tests.States;
using Broker.Protos.Log.V1;
using CsCheck;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using PartitionEvent = Broker.Domain.Partitions.PartitionEvent;
using PartitionSnapshot = Broker.Protos.Log.V1.PartitionSnapshot;

namespace Broker.Grains.Tests.Partitions;

public sealed class PartitionSnapshotCodecTests
{
    private static readonly PartitionSnapshotCodec Codec = new();

    [Fact]
    public void A_partition_that_went_through_a_snapshot_holds_decides_and_becomes_what_the_whole_log_would()
    {
        var seen = new ConcurrentDictionary<Type, bool>();
        Gen.Select(PartitionStep.Some, PartitionStep.Some).Sample(
            (before, after) =>
            {
                var log = PartitionStep.Begun();
                foreach (var step in before) step.Do(log);
                var encode = Codec.Freeze(log.State);
                var bytes = Encoded(log.State);
                var restored = log.GoOn(Codec.Decode(bytes, log.State.Position));
                Assert.Equal(StateText.Of(log.State), StateText.Of(restored.State));
                Assert.Equal(bytes, Encoded(restored.State));
                Assert.Equal(bytes, PartitionSnapshot.Parser.ParseFrom(bytes).ToByteArray()); // though written in pieces, as the message writes itself

                foreach (var step in after) Assert.Equal(step.Do(log), step.Do(restored));

                var whole = log.Replay();
                Assert.Equal(StateText.Of(whole), StateText.Of(restored.State));
                Assert.Equal(Encoded(whole), Encoded(restored.State));
                Assert.Equal(bytes, encode().ToArray()); // frozen: what came after it is not in it
                foreach (var (_, fact) in log.Entries) seen[fact.GetType()] = true;
            },
            iter: 1_000);
        Assert.Empty(typeof(PartitionEvent).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(PartitionEvent))).Except(seen.Keys));
    }

    [Fact]
    public void An_empty_partition_comes_back() =>
        Assert.Equal(StateText.Of(new PartitionState()), StateText.Of(Codec.Decode(Encoded(new PartitionState()), 0)));

    [Fact]
    public void Whatever_the_bytes_they_are_a_state_or_are_refused() => Gen.Select(PartitionStep.Some, Gen.Int[0, int.MaxValue], Gen.Byte, Gen.Bool).Sample(
        (steps, place, value, isCut) =>
        {
            var log = PartitionStep.Begun();
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
        var log = PartitionStep.Begun();
        var bytes = Encoded(log.State);

        var next = PartitionSnapshot.Parser.ParseFrom(bytes);
        next.Version++;
        Assert.Throws<InvalidDataException>(() => Codec.Decode(next.ToByteArray(), log.State.Position));
        Assert.Throws<InvalidDataException>(() => Codec.Decode(bytes, log.State.Position + 1));
        Assert.Throws<InvalidDataException>(() => Codec.Decode(default, 0));

        // Field 100 of the consents, a varint.
        var deep = PartitionSnapshot.Parser.ParseFrom(bytes);
        deep.Consents = Consents.Parser.ParseFrom([.. deep.Consents.ToByteArray(), 0xa0, 0x06, 0x01]);
        Assert.Throws<InvalidDataException>(() => Codec.Decode(deep.ToByteArray(), log.State.Position));
    }

    /// <summary>Where this fails, a field was added, dropped or given another meaning: count the codec's version up, then freeze this anew.</summary>
    [Fact]
    public void The_schema_is_that_of_the_version() => Assert.Equal(
        (4u, "e579fa9ec16cdfb3"),
        (PartitionSnapshotCodec.Version, SchemaOf(PartitionSnapshot.Descriptor)));

    /// <summary>The first hex digits of a hash over every field that is reached from a message.</summary>
    internal static string SchemaOf(MessageDescriptor root)
    {
        var (seen, waiting, text) = (new HashSet<string>(), new Queue<MessageDescriptor>([root]), new StringWriter());
        while (waiting.TryDequeue(out var message))
        {
            if (!seen.Add(message.FullName)) continue;
            foreach (var field in message.Fields.InFieldNumberOrder())
            {
                text.Write($"{message.FullName} {field.FieldNumber} {field.FieldType} {field.IsRepeated} {field.HasPresence}\n");
                if (field.FieldType == FieldType.Message) waiting.Enqueue(field.MessageType);
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text.ToString())))[..16];
    }

    private static byte[] Encoded(PartitionState state) => Codec.Freeze(state)().ToArray();
}
