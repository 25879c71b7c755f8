using System.Security.Cryptography;
using Broker.Grains.Keys;
using Broker.Grains.Logs;
using CsCheck;

namespace Broker.Grains.Tests.Keys;

public sealed class SealedValueTests
{
    private static readonly Gen<UserKey> Keys = Gen.Select(Gen.Int[0, 2_000_000], Gen.Byte.Array[UserKey.Bytes], (user, key) => new UserKey(user, key));
    private static readonly Gen<LogName> Logs = Gen.Select(Gen.String["abc/"], Gen.Int[0, 300], (platform, index) => new LogName($"platforms/{platform}/partitions/{index}"));
    private static readonly Gen<SealPurpose> AnyPurpose = Gen.Enum<SealPurpose>();
    private static readonly Gen<byte[]> Values = Gen.Byte.Array[0, 300];

    [Fact]
    public void What_was_sealed_is_unsealed_for_the_same_key_log_and_purpose() =>
        Gen.Select(Keys, Logs, AnyPurpose, Values, Gen.Int).Sample((key, log, purpose, value, seed) =>
        {
            var bytes = SealedValue.Seal(key, log, purpose, value, new SeededEntropy(seed));

            Assert.Equal(value.Length + SealedValue.Overhead, bytes.Length);
            Assert.Equal(value, SealedValue.Unseal(key, log, purpose, bytes));
        });

    [Fact]
    public void A_sealed_value_of_which_any_bit_changed_is_refused() =>
        Gen.Select(Keys, Logs, AnyPurpose, Values, Gen.Int[0, int.MaxValue]).Sample((key, log, purpose, value, bit) =>
        {
            var bytes = SealedValue.Seal(key, log, purpose, value, new SeededEntropy(bit));
            bytes[bit / 8 % bytes.Length] ^= (byte)(1 << (bit % 8));

            Assert.ThrowsAny<CryptographicException>(() => SealedValue.Unseal(key, log, purpose, bytes));
        });

    [Fact]
    public void A_sealed_value_that_is_shorter_or_longer_than_it_was_is_refused() =>
        Gen.Select(Keys, Values, Gen.Int[0, 1000]).Sample((key, value, length) =>
        {
            var bytes = SealedValue.Seal(key, new LogName("a"), SealPurpose.Detail, value, new SeededEntropy(length));
            Array.Resize(ref bytes, length == bytes.Length ? length + 1 : length);

            Assert.ThrowsAny<CryptographicException>(() => SealedValue.Unseal(key, new LogName("a"), SealPurpose.Detail, bytes));
        });

    [Fact]
    public void A_sealed_value_that_was_moved_to_another_user_log_or_purpose_is_refused() =>
        Gen.Select(Keys, Gen.Select(Logs, Logs), Gen.Select(AnyPurpose, AnyPurpose), Gen.Int[0, 2_000_000], Values).Sample((key, logs, purposes, otherUser, value) =>
        {
            var bytes = SealedValue.Seal(key, logs.Item1, purposes.Item1, value, new SeededEntropy(otherUser));
            var other = key with { User = otherUser };
            if ((key.User, logs.Item1, purposes.Item1) == (other.User, logs.Item2, purposes.Item2)) return;

            Assert.ThrowsAny<CryptographicException>(() => SealedValue.Unseal(other, logs.Item2, purposes.Item2, bytes));
        });

    [Fact]
    public void A_sealed_value_is_moved_by_nothing_less_than_all_three()
    {
        var key = new UserKey(7, new byte[UserKey.Bytes]);
        var bytes = SealedValue.SealText(key, new LogName("a"), SealPurpose.RecordId, "post/1", new SeededEntropy(1));

        Assert.Equal("post/1", SealedValue.UnsealText(key, new LogName("a"), SealPurpose.RecordId, bytes));
        Assert.ThrowsAny<CryptographicException>(() => SealedValue.Unseal(key with { User = 8 }, new LogName("a"), SealPurpose.RecordId, bytes));
        Assert.ThrowsAny<CryptographicException>(() => SealedValue.Unseal(key, new LogName("b"), SealPurpose.RecordId, bytes));
        Assert.ThrowsAny<CryptographicException>(() => SealedValue.Unseal(key, new LogName("a"), SealPurpose.PlatformUserId, bytes));
    }

    [Fact]
    public void A_sealed_value_says_nothing_without_its_key() =>
        Gen.Select(Keys, Keys, Values).Sample((key, other, value) =>
        {
            var bytes = SealedValue.Seal(key, new LogName("a"), SealPurpose.Detail, value, new SeededEntropy(1));
            if (key.Key.Span.SequenceEqual(other.Key.Span)) return;

            Assert.ThrowsAny<CryptographicException>(() => SealedValue.Unseal(key with { Key = other.Key }, new LogName("a"), SealPurpose.Detail, bytes));
            if (value.Length >= 4) Assert.Equal(-1, bytes.AsSpan().IndexOf(value));
        });

    [Fact]
    public void One_value_sealed_twice_looks_like_two()
    {
        var entropy = new SeededEntropy(3);
        var key = new UserKey(7, new byte[UserKey.Bytes]);

        var sealedOnes = Enumerable.Range(0, 100).Select(_ => Convert.ToHexString(SealedValue.Seal(key, new LogName("a"), SealPurpose.Detail, "same"u8, entropy)));

        Assert.Equal(100, sealedOnes.Distinct().Count());
    }

    private sealed class SeededEntropy(int seed) : IEntropy
    {
        private readonly Random _random = new(seed);

        public void Fill(Span<byte> bytes) => _random.NextBytes(bytes);
    }
}
