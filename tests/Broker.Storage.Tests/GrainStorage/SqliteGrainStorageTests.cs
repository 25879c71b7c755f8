using Broker.Storage.GrainStorage;
using Broker.Storage.Logs;
using Broker.Storage.Sqlite;
using Broker.Storage.Tests.Files;
using Orleans.Storage;

namespace Broker.Storage.Tests.GrainStorage;

public sealed class SqliteGrainStorageTests : IAsyncLifetime
{
    private const string Name = "state";
    private static readonly GrainId Id = GrainId.Create("partner", "openai");

    private readonly ScratchDirectory _directory = new();
    private SqliteDatabase _database = null!;
    private SqliteGrainStorage _storage = null!;

    public Task InitializeAsync()
    {
        _database = LogsDatabase.Open(new SqliteSettings(_directory.File("logs.db")));
        _storage = new SqliteGrainStorage(_database, new JsonStates());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_state_that_was_never_written_reads_as_new()
    {
        var read = await ReadAsync();

        Assert.False(read.RecordExists);
        Assert.Null(read.ETag);
        Assert.Equal("", read.State?.Text);
    }

    [Fact]
    public async Task What_was_written_is_read_after_the_file_was_opened_again()
    {
        await WriteAsync(await ReadAsync(), "first");
        await WriteAsync(await ReadAsync(), "second");
        await _database.DisposeAsync();
        await InitializeAsync();

        var read = await ReadAsync();

        Assert.True(read.RecordExists);
        Assert.Equal("second", read.State?.Text);
    }

    [Fact]
    public async Task States_are_told_apart_by_grain_and_by_name()
    {
        var (others, otherName) = (GrainId.Create("partner", "google"), "other");
        await WriteAsync(await ReadAsync(), "ours");

        Assert.False((await ReadAsync(others)).RecordExists);
        Assert.False((await ReadAsync(Id, otherName)).RecordExists);
    }

    [Fact]
    public async Task A_write_against_an_older_version_is_an_inconsistent_state_and_changes_nothing()
    {
        var ours = await ReadAsync();
        await WriteAsync(ours, "first");
        var stale = await ReadAsync();
        await WriteAsync(ours, "second");
        var tag = stale.ETag;

        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(stale, "third"));
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.ClearStateAsync(Name, Id, stale));

        Assert.Equal(tag, stale.ETag);
        Assert.Equal("second", (await ReadAsync()).State?.Text);
        await WriteAsync(ours, "fourth");
    }

    [Fact]
    public async Task Of_64_first_writers_one_wins_and_the_others_learn_it()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 64).Select(number => Task.Run(async () =>
        {
            var state = new GrainState<Note>();
            var failure = await Record.ExceptionAsync(() => WriteAsync(state, $"{number}"));
            return (Number: number, Failure: failure);
        })));

        var winner = Assert.Single(outcomes, outcome => outcome.Failure is null);
        Assert.All(outcomes.Where(outcome => outcome != winner), outcome => Assert.IsType<InconsistentStateException>(outcome.Failure));
        Assert.Equal($"{winner.Number}", (await ReadAsync()).State?.Text);
    }

    [Fact]
    public async Task Of_64_writers_at_one_version_one_wins()
    {
        await WriteAsync(await ReadAsync(), "first");
        var states = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => ReadAsync()));

        var failures = await Task.WhenAll(states.Select((state, number) => Record.ExceptionAsync(() => WriteAsync(state, $"{number}"))));

        var winner = Assert.Single(Enumerable.Range(0, 64), number => failures[number] is null);
        Assert.All(failures.Where(failure => failure is not null), failure => Assert.IsType<InconsistentStateException>(failure));
        Assert.Equal($"{winner}", (await ReadAsync()).State?.Text);
    }

    [Fact]
    public async Task A_cleared_state_reads_as_new_and_its_versions_never_repeat()
    {
        var state = await ReadAsync();
        await WriteAsync(state, "first");
        var beforeClear = await ReadAsync();
        await _storage.ClearStateAsync(Name, Id, state);
        Assert.Equal((false, ""), (state.RecordExists, state.State?.Text));

        var cleared = await ReadAsync();
        Assert.Equal((false, ""), (cleared.RecordExists, cleared.State?.Text));
        Assert.Equal(state.ETag, cleared.ETag);
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(beforeClear, "from before"));
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(new GrainState<Note>(), "as if first"));
        await WriteAsync(cleared, "again");
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(state, "from the clear"));
        Assert.Equal("again", (await ReadAsync()).State?.Text);
    }

    [Fact]
    public async Task Clearing_what_was_never_written_is_a_first_write()
    {
        var (one, two) = (await ReadAsync(), await ReadAsync());
        await _storage.ClearStateAsync(Name, Id, one);

        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(two, "late"));
        await WriteAsync(one, "first");
    }

    [Fact]
    public async Task A_write_of_unknown_outcome_is_not_taken_for_a_lost_race()
    {
        var state = await ReadAsync();
        _database.OnCommit = step =>
        {
            if (step == CommitStep.After) throw new IOException("gone");
        };

        Assert.True((await Assert.ThrowsAsync<StoreWriteException>(() => WriteAsync(state, "perhaps"))).OutcomeUnknown);

        Assert.Null(state.ETag);
        _database.OnCommit = null;
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(state, "again")); // it had taken effect
    }

    private Task WriteAsync(GrainState<Note> state, string text)
    {
        state.State = new Note { Text = text };
        return _storage.WriteStateAsync(Name, Id, state);
    }

    private Task<GrainState<Note>> ReadAsync() => ReadAsync(Id);

    private async Task<GrainState<Note>> ReadAsync(GrainId id, string name = Name)
    {
        var state = new GrainState<Note>();
        await _storage.ReadStateAsync(name, id, state);
        return state;
    }

    internal sealed class Note
    {
        public string Text { get; set; } = "";
    }
}
