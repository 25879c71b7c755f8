using System.Text;
using Broker.Grains.Logs;

namespace Broker.Storage.Tests.Logs;

public abstract partial class LogStoreConformance
{
    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1 << 20)]
    [InlineData(LogLimits.EntryBytesMax)]
    public async Task An_entry_comes_back_as_it_was_written_whatever_its_size(int bytes)
    {
        var payload = new byte[bytes];
        new Random(bytes).NextBytes(payload);
        var writer = await WriterAsync();
        var append = writer.Next("before"u8.ToArray(), payload, "after"u8.ToArray());
        await writer.AppendAsync(append);

        var entries = await AllAsync(Log);

        Assert.Equal(append.Entries.Select(entry => (entry.Position, entry.Fence, entry.DecidedAt)), entries.Select(entry => (entry.Position, entry.Fence, entry.DecidedAt)));
        Assert.True(payload.AsSpan().SequenceEqual(entries[1].Payload.Span));
        Assert.Equal(append.Entries.Select(entry => Convert.ToHexString(entry.Hash.Span)), entries.Select(entry => Convert.ToHexString(entry.Hash.Span)));
    }

    [SkippableFact]
    public async Task An_entry_above_the_limit_is_the_callers_mistake_and_writes_nothing()
    {
        var writer = await WriterAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => writer.AppendAsync("one"u8.ToArray(), new byte[LogLimits.EntryBytesMax + 1]));

        Assert.Empty(await AllAsync(Log));
        Assert.Equal(LogAppendOutcome.Appended, (await writer.AppendAsync("one")).Outcome);
    }

    [SkippableFact]
    public async Task A_log_reads_from_any_position_to_its_end()
    {
        var writer = await WriterAsync();
        await writer.AppendAsync("one", "two", "three");

        Assert.Equal(["one", "two", "three"], await TextsAsync(Log));
        Assert.Equal(["two", "three"], await TextsAsync(Log, from: 2));
        Assert.Equal(["three"], await TextsAsync(Log, from: 3));
        Assert.Empty(await AllAsync(Log, from: 4));
        Assert.Empty(await AllAsync(Log, from: 400));
        Assert.Empty(await AllAsync(new LogName("platforms/x/partitions/4")));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => AllAsync(Log, from: 0));
    }

    [SkippableFact]
    public async Task A_long_log_reads_whole_to_where_it_ended_when_reading_began_or_later()
    {
        var writer = await WriterAsync();
        const int Long = 9000;
        for (var i = 0; i < Long; i += 1000) await writer.AppendAsync([.. Enumerable.Range(i + 1, 1000).Select(number => Encoding.UTF8.GetBytes($"{number}"))]);

        var read = new List<LogEntry>();
        await foreach (var entry in Store.ReadAsync(Log, 1, None))
        {
            read.Add(entry);
            if (read.Count % 3000 == 1) await writer.AppendAsync("meanwhile");
        }

        Assert.InRange(read.Count, Long, writer.Position);
        Assert.Equal(Enumerable.Range(1, read.Count).Select(position => (long)position), read.Select(entry => entry.Position));
        Assert.Equal(Enumerable.Range(1, Long).Select(position => $"{position}"), read.Take(Long).Select(entry => Encoding.UTF8.GetString(entry.Payload.Span)));
    }

    [SkippableFact]
    public async Task Logs_are_listed_once_in_ordinal_order()
    {
        Assert.Empty(await Store.ListAsync(None).ToArrayAsync());
        var names = new[] { "platforms/x/partitions/10", "platforms/x/partitions/1", "platforms/X/deals/a", "platforms/x/deals/a-1", "platforms/x/deals/a" };

        foreach (var name in names.Concat(names)) await Store.TakeOverAsync(new LogName(name), None);

        Assert.Equal(names.Order(StringComparer.Ordinal), (await Store.ListAsync(None).ToArrayAsync()).Select(name => name.Value));
    }

    [SkippableFact]
    public async Task Names_are_1_to_200_characters_and_told_apart_by_each()
    {
        foreach (var name in new[] { "", new string('a', 201) })
            await Assert.ThrowsAsync<ArgumentException>(() => Store.TakeOverAsync(new LogName(name), None));

        var alike = new[] { "a", "A", "a ", "a%", "a_", "á", new string('a', 200) };
        foreach (var name in alike) await (await LogWriter.TakeOverAsync(Store, new LogName(name))).AppendAsync(name);

        foreach (var name in alike) Assert.Equal([name], await TextsAsync(new LogName(name)));
    }

    [SkippableTheory]
    [InlineData(EntryPart.Payload)]
    [InlineData(EntryPart.Hash)]
    [InlineData(EntryPart.DecidedAt)]
    [InlineData(EntryPart.Fence)]
    public async Task A_flipped_bit_on_disk_is_found_at_the_entry_that_holds_it(EntryPart part)
    {
        var writer = await WriterAsync();
        await writer.AppendAsync("first one", "second one", "third one");

        for (var bit = 0; bit < 64; bit++)
        {
            await World.FlipAsync(Log, 2, part, bit);
            foreach (var from in new[] { 1, 2 })
            {
                var corrupt = await Assert.ThrowsAsync<LogCorruptException>(() => AllAsync(Log, from));
                Assert.Equal((Log, 2), (corrupt.Log, corrupt.Position));
            }

            await World.FlipAsync(Log, 2, part, bit);
        }

        Assert.Equal(3, (await AllAsync(Log)).Length);
    }

    [SkippableFact]
    public async Task A_changed_hash_is_found_by_the_entry_after_it_too()
    {
        var writer = await WriterAsync();
        await writer.AppendAsync("one", "two", "three");
        await World.FlipAsync(Log, 1, EntryPart.Hash, 100);

        Assert.Equal(2, (await Assert.ThrowsAsync<LogCorruptException>(() => AllAsync(Log, from: 2))).Position);
        Assert.Equal(["three"], await TextsAsync(Log, from: 3));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_missing_entry_is_found_wherever_it_is(long position)
    {
        var writer = await WriterAsync();
        await writer.AppendAsync("one", "two", "three");

        await World.RemoveAsync(Log, position);

        Assert.Equal(position, (await Assert.ThrowsAsync<LogCorruptException>(() => AllAsync(Log))).Position);
    }
}
