using Broker.Grains.Logs;
using Broker.Storage.Logs;
using Broker.Storage.Postgres;
using Broker.TestKit.Postgres;
using Npgsql;

namespace Broker.Storage.Tests.Logs;

public sealed class PostgresLogStoreTests : LogStoreConformance
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly LogName First = new("logs/first");

    private PostgresLogsUnderTest Postgres => (PostgresLogsUnderTest)World;

    [SkippableFact]
    public async Task Answers_carry_the_databases_clock_and_which_incarnation_of_it_this_is()
    {
        var writer = await LogWriter.TakeOverAsync(Store, First);
        var answer = await writer.AppendAsync("one");
        await Store.TakeOverAsync(First, None);
        var fenced = await writer.CheckAsync();

        Assert.True(writer.Head.StoreTime <= answer.StoreTime && answer.StoreTime <= fenced.StoreTime);
        Assert.Equal((await DatabaseIncarnation.ReadAsync(PostgresServer.Patient(Postgres.ConnectionString), None)).ToString(), writer.Head.Store);
    }

    [SkippableFact]
    public async Task An_append_that_names_another_run_of_the_store_writes_nothing_whatever_its_fence_and_position()
    {
        var writer = await LogWriter.TakeOverAsync(Store, First);
        var other = writer.Next("one"u8.ToArray()) with { Run = writer.Head.Run + "1" };

        Assert.Equal(LogAppendOutcome.OtherRun, (await Store.AppendAsync(other, None)).Outcome);
        Assert.Equal(LogAppendOutcome.OtherRun, (await Store.AppendAsync(other with { Entries = [] }, None)).Outcome);
        Assert.Equal(LogAppendOutcome.Appended, (await writer.AppendAsync("one")).Outcome);
        Assert.StartsWith(writer.Head.Store + "/", writer.Head.Run, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Appends_of_many_logs_that_wait_share_a_transaction_and_one_that_is_fenced_fails_alone()
    {
        var store = Postgres.Open(new PostgresLogOptions { StatementsMax = 1 });
        var (first, writers) = await WritersAsync(store, 40);
        Task<LogAppendResult>[] appends;
        await using (var held = await RowLock.TakeAsync(Postgres.ConnectionString, First))
        {
            var blocked = first.AppendAsync("blocked");
            await held.WaitersAsync();
            await Store.TakeOverAsync(NameOf(13), None);
            appends = [.. writers.Select(writer => writer.AppendAsync("one", "two")), blocked];
        }

        var outcomes = (await Task.WhenAll(appends)).Select(result => result.Outcome).ToArray();

        Assert.Equal(Enumerable.Range(0, 41).Select(number => number == 13 ? LogAppendOutcome.Fenced : LogAppendOutcome.Appended), outcomes);
        Assert.Equal(39L * 2, await AskAsync("SELECT count(*) FROM entries JOIN logs USING (log_id) WHERE name <> 'logs/first'"));
        Assert.Equal(1L, await AskAsync("SELECT count(DISTINCT entries.xmin::text) FROM entries JOIN logs USING (log_id) WHERE name <> 'logs/first'"));
    }

    [SkippableFact]
    public async Task An_append_that_the_database_refuses_fails_alone_among_those_that_travel_with_it()
    {
        var store = Postgres.Open(new PostgresLogOptions { StatementsMax = 1 });
        var (first, writers) = await WritersAsync(store, 20);
        await writers[14].AppendAsync("zero");
        await Postgres.Run("UPDATE logs SET last_position = 0 WHERE name = $1", NameOf(14).Value);
        writers[14] = new LogWriter(store, NameOf(14), writers[14].Head); // its next entry stands already: the key refuses it
        Task<LogAppendResult>[] appends;
        await using (var held = await RowLock.TakeAsync(Postgres.ConnectionString, First))
        {
            var blocked = first.AppendAsync("blocked");
            await held.WaitersAsync();
            appends = [.. writers.Select(writer => writer.AppendAsync("one"))];
            Assert.False(blocked.IsCompleted);
        }

        Assert.False((await Assert.ThrowsAsync<LogUnavailableException>(() => appends[14])).OutcomeUnknown);
        for (var number = 0; number < appends.Length; number++)
            if (number != 14) Assert.Equal(LogAppendOutcome.Appended, (await appends[number]).Outcome);
    }

    [SkippableFact]
    public async Task A_statement_takes_no_more_logs_and_bytes_than_it_may()
    {
        var store = Postgres.Open(new PostgresLogOptions { StatementsMax = 1, StatementLogsMax = 4, StatementBytesMax = 1024 });
        var (first, writers) = await WritersAsync(store, 8);
        Task<LogAppendResult>[] appends;
        await using (var held = await RowLock.TakeAsync(Postgres.ConnectionString, First))
        {
            var blocked = first.AppendAsync("blocked");
            await held.WaitersAsync();
            appends = [blocked, .. writers.Select((writer, number) => writer.AppendAsync(new byte[number < 4 ? 10 : 600]))];
        }

        await Task.WhenAll(appends);

        Assert.Equal(1L + 1 + 4, await AskAsync("SELECT count(DISTINCT xmin::text) FROM entries"));
    }

    [SkippableFact]
    public async Task A_caller_that_leaves_before_its_append_was_sent_wrote_nothing_and_one_that_leaves_later_does_not_know()
    {
        var store = Postgres.Open(new PostgresLogOptions { StatementsMax = 1 });
        var (first, writers) = await WritersAsync(store, 1);
        using var leaving = new CancellationTokenSource();
        await using (var held = await RowLock.TakeAsync(Postgres.ConnectionString, First))
        {
            var sent = store.AppendAsync(first.Next("sent"u8.ToArray()), leaving.Token);
            await held.WaitersAsync();
            var waiting = store.AppendAsync(writers[0].Next("waiting"u8.ToArray()), leaving.Token);
            await leaving.CancelAsync();

            Assert.True((await Assert.ThrowsAsync<LogUnavailableException>(() => sent)).OutcomeUnknown);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        }

        Assert.Equal(1, (await Store.TakeOverAsync(First, None)).LastPosition); // it was written after all
        Assert.Equal(0, (await Store.TakeOverAsync(NameOf(0), None)).LastPosition);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.AppendAsync(writers[0].Next(), leaving.Token));
    }

    [SkippableFact]
    public async Task A_killed_session_leaves_an_unknown_outcome_and_a_cancelled_statement_a_definite_one()
    {
        var writer = await LogWriter.TakeOverAsync(Store, First);
        await using (var held = await RowLock.TakeAsync(Postgres.ConnectionString, First))
        {
            var cancelled = writer.AppendAsync("cancelled");
            await Postgres.Run("SELECT pg_cancel_backend($1)", Assert.Single(await held.WaitersAsync()));
            Assert.False((await Assert.ThrowsAsync<LogUnavailableException>(() => cancelled)).OutcomeUnknown);

            var killed = writer.AppendAsync("killed");
            await Postgres.Run("SELECT pg_terminate_backend($1)", Assert.Single(await held.WaitersAsync()));
            Assert.True((await Assert.ThrowsAsync<LogUnavailableException>(() => killed)).OutcomeUnknown);
        }

        Assert.Equal(0, (await Store.TakeOverAsync(First, None)).LastPosition);
    }

    [SkippableFact]
    public async Task A_statement_that_takes_too_long_has_an_unknown_outcome_and_the_next_take_over_learns_it()
    {
        var writer = await LogWriter.TakeOverAsync(Store, First);
        await using var impatient = PostgresDatabase.Open(PostgresServer.Patient(Postgres.ConnectionString) with { CommandTimeout = TimeSpan.FromSeconds(1) });
        await using (var store = new PostgresLogStore(impatient, new PostgresLogOptions()))
        await using (await RowLock.TakeAsync(Postgres.ConnectionString, First))
        {
            Assert.True((await Assert.ThrowsAsync<LogUnavailableException>(() => store.AppendAsync(writer.Next("late"u8.ToArray()), None))).OutcomeUnknown);
        }

        var head = await Store.TakeOverAsync(First, None);
        Assert.Equal(head.LastPosition, await Store.ReadAsync(First, 1, None).CountAsync());
        Assert.Equal(LogAppendOutcome.Fenced, (await writer.CheckAsync()).Outcome);
        Assert.Equal(head.LastPosition, await Store.ReadAsync(First, 1, None).CountAsync());
    }

    [SkippableFact]
    public async Task Holders_that_take_a_log_from_each_other_write_one_chain_and_lose_nothing_that_was_acknowledged()
    {
        var stores = new[] { Store, Postgres.OpenSecond(), Postgres.OpenSecond() };
        var logs = new[] { First, NameOf(1), NameOf(2) };

        var accepted = await Task.WhenAll(Enumerable.Range(0, 9).Select(number => Task.Run(async () =>
        {
            var (store, log, entries) = (stores[number % 3], logs[number / 3], new List<LogEntry>());
            for (var round = 0; round < 12; round++)
            {
                var holder = await LogWriter.TakeOverAsync(store, log);
                for (var append = 0; append < 8; append++)
                {
                    var next = holder.Next([(byte)number, (byte)round, (byte)append], [(byte)number]);
                    if ((await holder.AppendAsync(next)).Outcome == LogAppendOutcome.Fenced) break;
                    entries.AddRange(next.Entries);
                }
            }

            return (log, entries);
        })));

        foreach (var log in logs)
        {
            var stands = await Store.ReadAsync(log, 1, None).ToListAsync(); // verifies the chain
            var told = accepted.Where(holder => holder.log == log).SelectMany(holder => holder.entries).ToArray();
            Assert.Equal(stands.Count, told.Length);
            Assert.All(told, entry => Assert.Equal(entry.Hash.ToArray(), stands[(int)entry.Position - 1].Hash.ToArray()));
            Assert.Equal(stands.Select(entry => entry.Fence).Order(), stands.Select(entry => entry.Fence));
        }
    }

    [SkippableFact]
    public async Task A_closed_store_finishes_what_had_queued_and_takes_nothing_more()
    {
        var store = (PostgresLogStore)Postgres.Open(new PostgresLogOptions { StatementsMax = 1 });
        var (first, writers) = await WritersAsync(store, 5);
        Task<LogAppendResult>[] appends;
        ValueTask closing;
        await using (var held = await RowLock.TakeAsync(Postgres.ConnectionString, First))
        {
            var blocked = first.AppendAsync("blocked");
            await held.WaitersAsync();
            appends = [blocked, .. writers.Select(writer => writer.AppendAsync("one"))];
            closing = store.DisposeAsync();
            Assert.False((await Assert.ThrowsAsync<LogUnavailableException>(() => writers[0].CheckAsync())).OutcomeUnknown);
        }

        await closing;

        Assert.All(appends, append => Assert.Equal(LogAppendOutcome.Appended, append.Result.Outcome));
    }

    [Theory]
    [InlineData(0, 64, 4096)]
    [InlineData(65, 64, 4096)]
    [InlineData(4, 0, 4096)]
    [InlineData(4, 1001, 4096)]
    [InlineData(4, 64, 1023)]
    public void An_option_out_of_its_range_is_named(int statements, int logs, long bytes) => Assert.Throws<ArgumentOutOfRangeException>(() =>
        new PostgresLogOptions { StatementsMax = statements, StatementLogsMax = logs, StatementBytesMax = bytes }.Validate());

    protected override async Task<LogStoreUnderTest> CreateAsync() => await PostgresLogsUnderTest.CreateAsync();

    private static LogName NameOf(int number) => new($"logs/{number:D2}");

    private static async Task<(LogWriter First, LogWriter[] Others)> WritersAsync(ILogStore store, int count) =>
        (await LogWriter.TakeOverAsync(store, First), await Task.WhenAll(Enumerable.Range(0, count).Select(number => LogWriter.TakeOverAsync(store, NameOf(number)))));

    private async Task<object?> AskAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Postgres.ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
