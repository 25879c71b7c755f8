using System.Collections.Concurrent;
using System.Text;
using Broker.Grains.Logs;

namespace Broker.Storage.Tests.Logs;

/// <summary>What every <see cref="ILogStore"/> must do; a test class of each adapter derives it.</summary>
public abstract partial class LogStoreConformance : IAsyncLifetime
{
    private static readonly LogName Log = new("platforms/x/partitions/3");
    private static readonly CancellationToken None = CancellationToken.None;

    private LogStoreUnderTest? _underTest;

    /// <summary>A store with nothing in it.</summary>
    protected abstract Task<LogStoreUnderTest> CreateAsync();

    private protected LogStoreUnderTest World => _underTest!;

    private protected ILogStore Store => World.Store;

    public async Task InitializeAsync() => _underTest = await CreateAsync();

    public async Task DisposeAsync()
    {
        if (_underTest is not null) await _underTest.DisposeAsync();
    }

    [SkippableFact]
    public async Task A_new_log_is_taken_over_empty_at_fence_one()
    {
        var head = await Store.TakeOverAsync(Log, None);

        Assert.Equal((1, 0), (head.Fence, head.LastPosition));
        Assert.Equal(LogChain.Origin.ToArray(), head.LastHash.ToArray());
    }

    [SkippableFact]
    public async Task Each_take_over_raises_the_fence_and_says_where_the_log_ends()
    {
        var first = await WriterAsync();
        await first.AppendAsync("one", "two");

        var second = await WriterAsync();
        await second.AppendAsync("three");
        var third = await WriterAsync();

        Assert.Equal((2, 2), (second.Head.Fence, second.Head.LastPosition));
        Assert.Equal((3, 3), (third.Head.Fence, third.Head.LastPosition));
        Assert.Equal((await AllAsync(Log))[^1].Hash.ToArray(), third.Head.LastHash.ToArray());
    }

    [SkippableFact]
    public async Task A_log_that_was_taken_over_takes_nothing_from_its_old_holder()
    {
        var stale = await WriterAsync();
        await stale.AppendAsync("one");
        var current = await WriterAsync();

        Assert.Equal(LogAppendOutcome.Fenced, (await stale.AppendAsync("two")).Outcome);

        Assert.Equal(["one"], await TextsAsync(Log));
        Assert.Equal(LogAppendOutcome.Appended, (await current.AppendAsync("two'")).Outcome);
        Assert.Equal(["one", "two'"], await TextsAsync(Log));
    }

    [SkippableFact]
    public async Task An_empty_append_tells_a_stale_holder_from_the_current_one()
    {
        var stale = await WriterAsync();
        Assert.Equal(LogAppendOutcome.Appended, (await stale.CheckAsync()).Outcome);
        var current = await WriterAsync();

        Assert.Equal(LogAppendOutcome.Fenced, (await stale.CheckAsync()).Outcome);
        Assert.Equal(LogAppendOutcome.Appended, (await current.CheckAsync()).Outcome);
        Assert.Empty(await AllAsync(Log));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_log_that_nobody_has_taken_over_takes_nothing(long fence)
    {
        var append = new LogAppend(Log, fence, 0, [LogChain.Next(LogChain.Origin.Span, 1, fence, DateTimeOffset.UnixEpoch, "one"u8.ToArray())]);

        Assert.Equal(LogAppendOutcome.Fenced, (await Store.AppendAsync(append, None)).Outcome);
        Assert.Equal(LogAppendOutcome.Fenced, (await Store.AppendAsync(append with { Entries = [] }, None)).Outcome);
        Assert.Empty(await AllAsync(Log));
        Assert.Equal((1, 0), (await WriterAsync()).Head is var head ? (head.Fence, head.LastPosition) : default);
    }

    [SkippableTheory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task An_append_elsewhere_than_at_the_logs_end_changes_nothing(int off)
    {
        var writer = await WriterAsync();
        await writer.AppendAsync("one", "two");

        var append = writer.Next("three"u8.ToArray());
        var moved = append with
        {
            ExpectedLastPosition = append.ExpectedLastPosition + off,
            Entries = [append.Entries[0] with { Position = append.Entries[0].Position + off }],
        };
        Assert.Equal(LogAppendOutcome.PositionMismatch, (await Store.AppendAsync(moved, None)).Outcome);
        Assert.Equal(LogAppendOutcome.PositionMismatch, (await Store.AppendAsync(moved with { Entries = [] }, None)).Outcome);

        Assert.Equal(["one", "two"], await TextsAsync(Log));
        Assert.Equal(LogAppendOutcome.Appended, (await writer.AppendAsync("three")).Outcome);
    }

    [SkippableFact]
    public async Task A_repeated_append_is_refused_by_its_position()
    {
        var writer = await WriterAsync();
        var append = writer.Next("one"u8.ToArray());
        await writer.AppendAsync(append);

        Assert.Equal(LogAppendOutcome.PositionMismatch, (await Store.AppendAsync(append, None)).Outcome);
        Assert.Equal(["one"], await TextsAsync(Log));
    }

    [SkippableFact]
    public async Task Entries_that_do_not_belong_to_their_append_are_the_callers_mistake()
    {
        var writer = await WriterAsync();
        var append = writer.Next("one"u8.ToArray(), "two"u8.ToArray());
        var (one, two) = (append.Entries[0], append.Entries[1]);

        foreach (var entries in new LogEntry[][] { [two], [one, one], [one, two with { Fence = 9 }], [one with { Hash = new byte[31] }] })
            await Assert.ThrowsAsync<ArgumentException>(() => Store.AppendAsync(append with { Entries = entries }, None));

        Assert.Empty(await AllAsync(Log));
        Assert.Equal(LogAppendOutcome.Appended, (await writer.AppendAsync(append)).Outcome);
    }

    [SkippableFact]
    public async Task Of_256_appenders_at_one_position_one_wins()
    {
        var writer = await WriterAsync();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 256).Select(async number =>
            (await Store.AppendAsync(writer.Next(Encoding.UTF8.GetBytes($"{number}")), None)).Outcome));

        Assert.Single(outcomes, LogAppendOutcome.Appended);
        Assert.Equal(255, outcomes.Count(outcome => outcome == LogAppendOutcome.PositionMismatch));
        Assert.Single(await AllAsync(Log));
    }

    [SkippableFact]
    public async Task Logs_of_256_appenders_lose_and_mix_nothing()
    {
        var names = Enumerable.Range(0, 256).Select(number => new LogName($"platforms/x/deals/{number}")).ToArray();

        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 256 }, async (name, _) =>
        {
            var writer = await LogWriter.TakeOverAsync(Store, name);
            for (var i = 0; i < 8; i++) Assert.Equal(LogAppendOutcome.Appended, (await writer.AppendAsync($"{name} {i}")).Outcome);
        });

        foreach (var name in names) Assert.Equal(Enumerable.Range(0, 8).Select(i => $"{name} {i}"), await TextsAsync(name));
    }

    [SkippableFact]
    public async Task Appends_that_travel_together_fail_alone()
    {
        var writers = await Task.WhenAll(Enumerable.Range(0, 64).Select(number => LogWriter.TakeOverAsync(Store, new LogName($"logs/{number}"))));
        foreach (var number in new[] { 7, 41 }) await Store.TakeOverAsync(new LogName($"logs/{number}"), None);

        var outcomes = await Task.WhenAll(writers.Select(writer => writer.AppendAsync("one", "two")));

        for (var number = 0; number < writers.Length; number++)
        {
            var isStale = number is 7 or 41;
            Assert.Equal(isStale ? LogAppendOutcome.Fenced : LogAppendOutcome.Appended, outcomes[number].Outcome);
            Assert.Equal(isStale ? 0 : 2, (await AllAsync(new LogName($"logs/{number}"))).Length);
        }
    }

    [SkippableFact]
    public async Task What_a_take_over_reports_is_final_whatever_its_old_holder_still_sends()
    {
        var told = new ConcurrentQueue<long>();
        var stale = await WriterAsync();
        var started = new TaskCompletionSource();
        var appending = Task.Run(async () =>
        {
            while ((await stale.AppendAsync("more")).Outcome == LogAppendOutcome.Appended)
            {
                told.Enqueue(stale.Position);
                started.TrySetResult();
            }
        });
        await started.Task;

        var head = await Store.TakeOverAsync(Log, None);
        var seen = (await AllAsync(Log)).Length;
        await appending;

        Assert.Equal(head.LastPosition, seen);
        Assert.Equal(head.LastPosition, (await AllAsync(Log)).Length);
        Assert.Equal(head.LastPosition, told.Last());
    }

    [SkippableFact]
    public async Task A_second_process_on_the_same_data_is_fenced_like_any_other_holder()
    {
        var second = World.OpenSecond();
        var ours = await WriterAsync();
        await ours.AppendAsync("ours");

        var theirs = await LogWriter.TakeOverAsync(second, Log);
        Assert.Equal(LogAppendOutcome.Fenced, (await ours.AppendAsync("ours again")).Outcome);
        Assert.Equal(LogAppendOutcome.Appended, (await theirs.AppendAsync("theirs")).Outcome);

        Assert.Equal(["ours", "theirs"], await TextsAsync(Log));
    }

    [SkippableFact]
    public async Task Two_processes_that_write_at_once_wait_for_each_other()
    {
        var stores = new[] { Store, World.OpenSecond() };

        await Task.WhenAll(Enumerable.Range(0, 16).Select(async number =>
        {
            var writer = await LogWriter.TakeOverAsync(stores[number % 2], new LogName($"logs/{number:D2}"));
            for (var i = 0; i < 10; i++) Assert.Equal(LogAppendOutcome.Appended, (await writer.AppendAsync($"{i}")).Outcome);
        }));

        for (var number = 0; number < 16; number++) Assert.Equal(10, (await AllAsync(new LogName($"logs/{number:D2}"))).Length);
    }

    private Task<LogWriter> WriterAsync() => LogWriter.TakeOverAsync(Store, Log);

    private async Task<LogEntry[]> AllAsync(LogName log, long from = 1) => await Store.ReadAsync(log, from, None).ToArrayAsync();

    private async Task<string[]> TextsAsync(LogName log, long from = 1) =>
        [.. (await AllAsync(log, from)).Select(entry => Encoding.UTF8.GetString(entry.Payload.Span))];
}
