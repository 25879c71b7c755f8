using Broker.Storage.Imports;
using Broker.Storage.Tests.Files;
using CsCheck;

namespace Broker.Storage.Tests.Imports;

public sealed class ExternalSortTests
{
    /// <summary>Smaller than one entry: each entry is a run of its own.</summary>
    private const int TinyBuffer = 16;

    private static readonly Gen<SortKey> Key = Gen.Select(Gen.ULong[0, 3], Gen.OneOf(Gen.ULong[0, 2], Gen.ULong), Gen.OneOf(Gen.ULong[0, 2], Gen.ULong))
        .Select((first, second, third) => new SortKey(first, second, third));

    private static readonly Gen<(SortKey Key, byte[] Payload)[]> Entries = Gen.Select(Key, Gen.Byte.Array[0, 60]).Array[0, 150];

    [Fact]
    public void Any_entries_come_in_the_order_of_their_keys_whatever_fits_into_memory_as_often_as_they_are_read() =>
        Gen.Select(Entries, Gen.OneOf(TinyBuffer, 200, 1_000, 1 << 20)).Sample((entries, bufferBytes) =>
        {
            using var directory = new ScratchDirectory();
            var sort = new ExternalSort(directory.Path, "test", bufferBytes);
            foreach (var (key, payload) in entries) sort.Add(key, payload);
            var expected = entries.OrderBy(entry => entry.Key).Select(entry => entry.Key).ToList();
            for (var reading = 0; reading < 2; reading++)
            {
                var read = sort.Read().Select(entry => (entry.Key, Payload: entry.Payload.ToArray())).ToList();
                Assert.Equal(expected, read.Select(entry => entry.Key));
                Assert.Equal(entries.Select(Shown).Order(StringComparer.Ordinal), read.Select(Shown).Order(StringComparer.Ordinal));
            }
        }, iter: 60);

    [Fact]
    public void More_runs_than_are_merged_at_once_are_merged_in_several_passes_and_few_files_are_left()
    {
        using var directory = new ScratchDirectory();
        var sort = new ExternalSort(directory.Path, "test", TinyBuffer);
        var numbers = Enumerable.Range(0, 1_000).Select(index => (ulong)((index * 7_919) % 1_000)).ToList();
        foreach (var number in numbers) sort.Add(new SortKey(number, 0, 0), BitConverter.GetBytes(number));
        Assert.Equal(numbers.Order(), sort.Read().Select(entry => BitConverter.ToUInt64(entry.Payload.Span)));
        Assert.InRange(Directory.GetFiles(directory.Path).Length, 1, 64);
    }

    [Fact]
    public void Each_entry_is_written_again_only_as_often_as_the_number_of_runs_asks_for()
    {
        using var directory = new ScratchDirectory();
        var sort = new ExternalSort(directory.Path, "test", TinyBuffer);
        var largest = 0L;
        for (var index = 0; index < 500; index++)
        {
            sort.Add(new SortKey((ulong)index, 0, 0), new byte[100]);
            largest = Math.Max(largest, new DirectoryInfo(directory.Path).EnumerateFiles().Max(file => (long?)file.Length) ?? 0);
        }

        // While entries come in, runs are no larger than memory: what is large already is not copied with each few runs that follow.
        Assert.Equal(100 + SortRunWriter.HeadBytes, largest);
        Assert.Equal(500, sort.Read().Count());
    }

    [Fact]
    public void An_entry_larger_than_the_buffer_is_held_all_the_same()
    {
        using var directory = new ScratchDirectory();
        var sort = new ExternalSort(directory.Path, "test", 100);
        byte[][] payloads = [new byte[70_000], [1], new byte[200_000], [], new byte[5]];
        for (var index = 0; index < payloads.Length; index++) sort.Add(new SortKey(0, (ulong)(9 - index), 0), payloads[index]);
        Assert.Equal(payloads.Reverse(), sort.Read().Select(entry => entry.Payload.ToArray()));
    }

    [Theory]
    [InlineData(TinyBuffer)]
    [InlineData(1 << 20)]
    public void Entries_that_another_sort_holds_are_sorted_without_a_copy_until_they_go_to_disk(int bufferBytes)
    {
        using var directory = new ScratchDirectory();
        using var first = new ExternalSort(directory.Path, "first", 1 << 20);
        using var second = new ExternalSort(directory.Path, "second", bufferBytes);
        for (byte number = 0; number < 100; number++) first.Add(new SortKey(number, 0, 0), [number]);
        Assert.True(first.IsInMemory);
        foreach (var (key, payload) in first.Read()) second.AddHeld(new SortKey(99 - key.First, 0, 0), payload);
        Assert.Equal(bufferBytes > TinyBuffer, second.IsInMemory);
        Assert.Equal(Enumerable.Range(0, 100).Select(number => (byte)(99 - number)), second.Read().Select(entry => entry.Payload.Span[0]));
    }

    [Fact]
    public void Signed_numbers_keep_their_order() =>
        Gen.Select(Gen.Long, Gen.Long).Sample((left, right) => SortKey.Ordered(left).CompareTo(SortKey.Ordered(right)) == left.CompareTo(right));

    private static string Shown((SortKey Key, byte[] Payload) entry) => $"{entry.Key} {Convert.ToHexString(entry.Payload)}";
}
