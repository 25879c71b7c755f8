using System.Buffers.Binary;
using System.Security.Cryptography;
using Broker.Grains.Logs;

namespace Broker.Grains.Tests.Logs;

public sealed class LogChainTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(455)]
    [InlineData(456)] // with the previous hash and the numbers, 512 bytes
    [InlineData(457)]
    [InlineData(100_000)]
    public void A_hash_covers_the_previous_one_the_numbers_and_the_payload_whatever_its_length(int length)
    {
        var previous = Bytes(LogLimits.HashBytes, 3);
        var payload = Bytes(length, 5);
        var decidedAt = LogChain.FromUnixMicroseconds(1_700_000_000_000_001);
        byte[] covered = [.. previous, .. BigEndian(7), .. BigEndian(2), .. BigEndian(1_700_000_000_000_001), .. payload];

        Assert.Equal(SHA256.HashData(covered), LogChain.HashOf(previous, 7, 2, decidedAt, payload));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(600)]
    public void A_previous_hash_of_a_wrong_length_is_covered_as_it_is(int length)
    {
        var previous = Bytes(length, 3);

        Assert.Equal(SHA256.HashData([.. previous, .. BigEndian(1), .. BigEndian(1), .. BigEndian(0), 9]), LogChain.HashOf(previous, 1, 1, DateTimeOffset.UnixEpoch, [9]));
    }

    private static byte[] Bytes(int count, int step) => [.. Enumerable.Range(0, count).Select(index => (byte)(index * step))];

    private static byte[] BigEndian(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }
}
