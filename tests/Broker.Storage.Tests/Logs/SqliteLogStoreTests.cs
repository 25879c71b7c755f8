using Broker.Grains.Logs;
using Broker.Storage.Sqlite;

namespace Broker.Storage.Tests.Logs;

public sealed class SqliteLogStoreTests : LogStoreConformance
{
    private static readonly CancellationToken None = CancellationToken.None;

    private SqliteLogsUnderTest Sqlite => (SqliteLogsUnderTest)World;

    protected override Task<LogStoreUnderTest> CreateAsync() => Task.FromResult<LogStoreUnderTest>(new SqliteLogsUnderTest());

    [Fact]
    public async Task Answers_carry_the_stores_clock()
    {
        var writer = await LogWriter.TakeOverAsync(Store, new LogName("a"));
        Assert.Equal(Sqlite.Clock.UtcNow, writer.Head.StoreTime);

        Sqlite.Clock.UtcNow += TimeSpan.FromHours(1);

        Assert.Equal(Sqlite.Clock.UtcNow, (await writer.AppendAsync("one")).StoreTime);
        await Store.TakeOverAsync(new LogName("a"), None);
        Assert.Equal((LogAppendOutcome.Fenced, Sqlite.Clock.UtcNow), await writer.CheckAsync() is var answer ? (answer.Outcome, answer.StoreTime) : default);
    }

    [Fact]
    public async Task Appends_of_many_logs_that_wait_share_a_commit_and_one_that_is_refused_fails_alone()
    {
        var writers = await WritersAsync();
        await Store.TakeOverAsync(NameOf(13), None);
        await writers[14].AppendAsync("zero");
        await Sqlite.Database.WriteAsync(session => session.Execute("UPDATE logs SET last_position = 0 WHERE name = $1", NameOf(14).Value), None);
        writers[14] = new LogWriter(Store, NameOf(14), writers[14].Head); // its next entry stands already: SQLite refuses it
        var commits = 0;
        Sqlite.Database.OnCommit = step => commits += step == CommitStep.After ? 1 : 0;

        var (release, held) = HoldWriter();
        var appends = writers.Select(writer => writer.AppendAsync("one", "two")).ToArray();
        release.SetResult();
        await held;

        await Assert.ThrowsAsync<LogUnavailableException>(() => appends[14]);
        for (var number = 0; number < appends.Length; number++)
        {
            if (number != 14) Assert.Equal(number == 13 ? LogAppendOutcome.Fenced : LogAppendOutcome.Appended, (await appends[number]).Outcome);
            Assert.Equal(number is 13 or 14 ? 0 : 2, await Store.ReadAsync(NameOf(number), 1, None).CountAsync());
        }

        Assert.Equal(1, commits);
    }

    [Fact]
    public async Task An_append_that_does_not_fit_on_the_disk_fails_alone_among_those_that_do()
    {
        var writers = await WritersAsync();
        await Sqlite.LeaveRoomAsync(pages: 64);

        var (release, held) = HoldWriter();
        var appends = writers.Select((writer, number) => writer.AppendAsync("small"u8.ToArray(), new byte[number == 13 ? 1 << 20 : 1])).ToArray();
        release.SetResult();
        await held;

        for (var number = 0; number < appends.Length; number++)
        {
            if (number == 13) Assert.False((await Assert.ThrowsAsync<LogUnavailableException>(() => appends[13])).OutcomeUnknown);
            else Assert.Equal(LogAppendOutcome.Appended, (await appends[number]).Outcome);
            Assert.Equal(number == 13 ? 0 : 2, await Store.ReadAsync(NameOf(number), 1, None).CountAsync());
        }
    }

    [Fact]
    public async Task Nothing_is_answered_before_its_commit()
    {
        var writer = await LogWriter.TakeOverAsync(Store, new LogName("a"));
        var (reached, leave) = (new TaskCompletionSource(), new TaskCompletionSource());
        Sqlite.Database.OnCommit = step =>
        {
            if (step != CommitStep.Before) return;
            reached.TrySetResult();
            leave.Task.GetAwaiter().GetResult();
        };

        var append = writer.AppendAsync("one");
        await reached.Task;

        Assert.False(append.IsCompleted);
        Assert.Empty(await Store.ReadAsync(new LogName("a"), 1, None).ToArrayAsync());
        leave.SetResult();
        Assert.Equal(LogAppendOutcome.Appended, (await append).Outcome);
    }

    [Fact]
    public async Task A_closed_store_fails_its_writers_and_not_silently()
    {
        var writer = await LogWriter.TakeOverAsync(Store, new LogName("a"));
        await Sqlite.Database.DisposeAsync();

        var failure = await Assert.ThrowsAsync<LogUnavailableException>(() => writer.AppendAsync("one"));

        Assert.False(failure.OutcomeUnknown);
    }

    [Fact]
    public async Task Closing_finishes_what_had_queued()
    {
        var writers = await WritersAsync();
        var (release, held) = HoldWriter();
        var appends = writers.Select(writer => writer.AppendAsync("one")).ToArray();

        var closing = Sqlite.Database.DisposeAsync();
        release.SetResult();
        await closing;
        await held;

        Assert.All(await Task.WhenAll(appends), answer => Assert.Equal(LogAppendOutcome.Appended, answer.Outcome));
        await Sqlite.ReopenAsync();
        for (var number = 0; number < writers.Length; number++) Assert.Equal(1, await Store.ReadAsync(NameOf(number), 1, None).CountAsync());
    }

    private static LogName NameOf(int number) => new($"logs/{number:D2}");

    private Task<LogWriter[]> WritersAsync() => Task.WhenAll(Enumerable.Range(0, 40).Select(number => LogWriter.TakeOverAsync(Store, NameOf(number))));

    /// <summary>Keeps the writer busy, so that what comes now queues for one transaction.</summary>
    private (TaskCompletionSource Release, Task Held) HoldWriter()
    {
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var held = Sqlite.Database.MaintainAsync(
            _ =>
            {
                entered.SetResult();
                release.Task.GetAwaiter().GetResult();
                return true;
            },
            None);
        entered.Task.GetAwaiter().GetResult();
        return (release, held);
    }
}
