using Broker.Cli;
using Broker.EndToEnd.Audit;
using Broker.Grains.Logs;
using Broker.Hosting.DataDirectories;
using Broker.Storage.Logs;
using Broker.Storage.Sqlite;
using Broker.TestKit.Nodes;
using Microsoft.Data.Sqlite;

namespace Broker.EndToEnd.Cli;

/// <summary>The audit of a stopped node's directory, written by the product's own store.</summary>
public sealed class AuditCommandTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _data = new();

    /// <summary>A withdrawal and no release: no segment lies in the directory.</summary>
    public async Task InitializeAsync()
    {
        var world = World.Begin();
        world.Decide(0, Given.Withdrawal(world.Now));
        await WriteAsync(world);
    }

    public Task DisposeAsync()
    {
        _data.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_directory_that_keeps_its_promises_passes()
    {
        var run = (await AuditAsync("-o", "json")).Done();
        Assert.True(run.Json.GetProperty("ok").GetBoolean());
        Assert.Equal("2", run.Json.GetProperty("totals").GetProperty("logs").GetString());
        Assert.Equal("6", run.Json.GetProperty("totals").GetProperty("users").GetString());
        Assert.Contains("Every promise that was looked at holds.", (await AuditAsync()).Done().Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE entries SET payload = CAST(payload || x'00' AS BLOB) WHERE entry_key = (SELECT log_id FROM logs WHERE name LIKE '%/partitions/0') * 1099511627776 + 7", "chain", 7)]
    [InlineData("UPDATE entries SET decided_at = decided_at + 1 WHERE entry_key = (SELECT log_id FROM logs WHERE name LIKE '%/partitions/0') * 1099511627776 + 7", "chain", 7)]
    [InlineData("DELETE FROM entries WHERE entry_key = (SELECT log_id FROM logs WHERE name LIKE '%/partitions/0') * 1099511627776 + 7", "chain", 8)]
    [InlineData("DELETE FROM entries WHERE entry_key = (SELECT log_id * 1099511627776 + last_position FROM logs WHERE name LIKE '%/deals/pact')", "chain", 2)]
    public async Task A_hand_in_the_file_is_found_and_ends_with_8(string hand, string promise, long position)
    {
        Touch(hand);
        var script = await AuditAsync("-o", "json");
        Assert.Equal((ExitCode.AuditViolation, ""), (script.Exit, script.Error));
        Assert.False(script.Json.GetProperty("ok").GetBoolean());
        var violation = script.Json.GetProperty("violations")[0];
        Assert.Equal((promise.ToUpperInvariant(), position.ToString(System.Globalization.CultureInfo.InvariantCulture)), (violation.GetProperty("promise").GetString(), violation.GetProperty("position").GetString()));
        Assert.Equal("1", script.Json.GetProperty("violations_by_promise").GetProperty(promise).GetString());

        var person = await AuditAsync();
        Assert.Equal(ExitCode.AuditViolation, person.Exit);
        Assert.Contains(violation.GetProperty("sentence").GetString()!, person.Out, StringComparison.Ordinal);
        Assert.Contains(violation.GetProperty("log").GetString()!, person.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_promise_that_was_broken_in_a_whole_log_is_found()
    {
        using var other = new TemporaryDirectory();
        var world = World.Begin(forged => forged.ForgeDeal = fact => fact is Domain.Deals.DealApproved ? new Domain.Deals.DealApproved("ann") : fact);
        await WriteAsync(world, other.Path);
        var run = await CliRun.Of("audit", "--data", other.Path);
        Assert.Equal(ExitCode.AuditViolation, run.Exit);
        Assert.Contains("who proposed it", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_whose_segment_is_missing_cannot_be_proved()
    {
        using var other = new TemporaryDirectory();
        var world = World.Begin();
        world.Pull();
        await WriteAsync(world, other.Path);
        var run = await CliRun.Of("audit", "--data", other.Path);
        Assert.Equal(ExitCode.DataError, run.Exit);
        Assert.Contains("Segment s0", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_without_logs_or_with_something_else_in_their_place_ends_with_9()
    {
        Assert.Equal(ExitCode.DataError, (await CliRun.Of("audit", "--data", Path.Combine(_data.Path, "nowhere"))).Exit);
        using var empty = new TemporaryDirectory();
        Assert.Equal(ExitCode.DataError, (await CliRun.Of("audit", "--data", empty.Path)).Exit);
        Assert.Empty(Directory.EnumerateFileSystemEntries(empty.Path));
        await File.WriteAllTextAsync(DataDirectory.LogsFileOf(empty.Path), "no database at all, but some text");
        Assert.Equal(ExitCode.DataError, (await CliRun.Of("audit", "--data", empty.Path)).Exit);
    }

    [Fact]
    public async Task A_directory_that_a_node_holds_is_left_to_the_node()
    {
        using var held = new TemporaryDirectory();
        using (DataDirectory.Take(held.Path))
        {
            var run = await CliRun.Of("audit", "--data", held.Path);
            Assert.Equal(ExitCode.DataError, run.Exit);
            Assert.Contains("held by another process", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_audit_changes_nothing()
    {
        var before = await File.ReadAllBytesAsync(DataDirectory.LogsFileOf(_data.Path));
        (await AuditAsync()).Done();
        Assert.Equal(before, await File.ReadAllBytesAsync(DataDirectory.LogsFileOf(_data.Path)));
    }

    private Task<CliRun> AuditAsync(params string[] options) => CliRun.Of(["audit", "--data", _data.Path, .. options]);

    private Task WriteAsync(World world) => WriteAsync(world, _data.Path);

    private static async Task WriteAsync(World world, string directory)
    {
        await using var database = LogsDatabase.Open(new SqliteSettings(DataDirectory.LogsFileOf(directory)));
        var store = new SqliteLogStore(database, TimeProvider.System);
        await foreach (var name in world.Logs.ListLogsAsync(CancellationToken.None))
        {
            var log = new LogName(name);
            var head = await store.TakeOverAsync(log, CancellationToken.None);
            var entries = new List<LogEntry>();
            await foreach (var entry in world.Logs.ReadAsync(name, CancellationToken.None))
                entries.Add(new LogEntry(entry.Position, entry.Fence, LogChain.FromUnixMicroseconds(entry.DecidedAtMicros), entry.Payload, entry.Hash));
            var result = await store.AppendAsync(new LogAppend(log, head.Fence, 0, entries), CancellationToken.None);
            Assert.Equal(LogAppendOutcome.Appended, result.Outcome);
        }
    }

    private void Touch(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={DataDirectory.LogsFileOf(_data.Path)};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own statements.
        command.CommandText = sql;
#pragma warning restore CA2100
        Assert.Equal(1, command.ExecuteNonQuery());
    }
}
