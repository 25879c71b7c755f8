using System.Globalization;
using Broker.Storage.Postgres;
using Broker.Storage.Sqlite;
using Broker.TestKit.Postgres;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace Broker.Storage.Tests.Postgres;

/// <summary>What a node says of a database that it must not use.</summary>
public sealed class PostgresChecksTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory]
    [InlineData("", "names no host")]
    [InlineData("Host=db", "names no database")]
    [InlineData("Host=db;Database=x;Colour=blue", "cannot be read")]
    [InlineData("Host=db;Database=x;Port=many", "cannot be read")]
    public async Task A_connection_string_that_cannot_be_used_is_refused_before_anything_is_connected(string text, string why)
    {
        Assert.Contains(why, (await RefusalAsync(text)).Message, StringComparison.Ordinal);
        Assert.Contains(why, Assert.Throws<StoreRefusedException>(() => PostgresDatabase.Open(new PostgresSettings(text))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0, 10, 5)]
    [InlineData(1001, 0, 10, 5)]
    [InlineData(10, 11, 10, 5)]
    [InlineData(10, 0, 0, 5)]
    [InlineData(10, 0, 301, 5)]
    [InlineData(10, 0, 10, 61)]
    public void A_setting_out_of_its_range_is_named(int max, int min, int command, int connect) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PostgresDatabase.Open(new PostgresSettings("Host=db;Database=x")
        {
            ConnectionsMax = max,
            ConnectionsMin = min,
            CommandTimeout = TimeSpan.FromSeconds(command),
            ConnectTimeout = TimeSpan.FromSeconds(connect),
        }));

    [SkippableFact]
    public async Task A_wrong_port_password_or_database_is_refused_with_what_to_correct_and_never_the_password()
    {
        var right = new NpgsqlConnectionStringBuilder(await MigratedAsync());

        foreach (var (wrong, advice) in new[]
        {
            (new NpgsqlConnectionStringBuilder(right.ConnectionString) { Port = 1 }, "cannot be reached"),
            (new NpgsqlConnectionStringBuilder(right.ConnectionString) { Password = "secret" }, "Correct Username and Password"),
            (new NpgsqlConnectionStringBuilder(right.ConnectionString) { Database = "none" }, "no such database"),
        })
        {
            var refusal = await RefusalAsync(wrong.ConnectionString);
            Assert.Contains(advice, refusal.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(wrong.Password!, refusal.Message, StringComparison.Ordinal);
        }

        await PostgresChecks.CheckLogsAsync(PostgresServer.Patient(right.ConnectionString), None);
    }

    [SkippableFact]
    public async Task A_server_that_does_not_flush_is_refused_setting_by_setting()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        foreach (var setting in new[] { "fsync=off", "full_page_writes=off", "synchronous_commit=off" })
        {
            await using var server = await PostgresServer.StartAsync(setting);
            Assert.Contains($"has {setting.Replace("=", " = ", StringComparison.Ordinal)}:", (await RefusalAsync(server.ConnectionString())).Message, StringComparison.Ordinal);
        }
    }

    [SkippableTheory]
    [InlineData("local")]
    [InlineData("remote_write")]
    public async Task A_commit_that_does_not_wait_for_the_standby_is_refused_where_there_is_one_to_wait_for(string level)
    {
        var connection = await MigratedAsync();
        var database = new NpgsqlConnectionStringBuilder(connection).Database;
        await PostgresServer.ExecuteAsync(connection, $"ALTER DATABASE {database} SET synchronous_commit = '{level}'");
        await PostgresChecks.CheckLogsAsync(PostgresServer.Patient(connection), None);

        await using var server = await PostgresServer.StartAsync("synchronous_standby_names=standby", $"synchronous_commit={level}");

        Assert.Contains($"has synchronous_commit = {level}:", (await RefusalAsync(server.ConnectionString())).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_users_own_setting_of_synchronous_commit_is_refused_and_never_reaches_an_append()
    {
        var connection = await MigratedAsync();
        var database = new NpgsqlConnectionStringBuilder(connection).Database;
        await PostgresServer.ExecuteAsync(connection, $"ALTER DATABASE {database} SET synchronous_commit = 'off'");

        Assert.Contains("synchronous_commit = off", (await RefusalAsync(connection)).Message, StringComparison.Ordinal);
        await using var pool = PostgresDatabase.Open(PostgresServer.Patient(connection));
        await using var ask = pool.Source.CreateCommand("SHOW synchronous_commit");
        Assert.Equal("on", await ask.ExecuteScalarAsync());
        Assert.Contains("synchronous_commit = off", (await RefusalAsync(connection + ";Options=-c synchronous_commit=off")).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_database_that_takes_no_writes_is_refused()
    {
        var connection = await MigratedAsync();

        Assert.Contains("takes no writes", (await RefusalAsync(connection + ";Options=-c default_transaction_read_only=on")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(140_012, false)]
    [InlineData(149_999, false)]
    [InlineData(150_000, true)]
    [InlineData(180_001, true)]
    public void A_server_too_old_for_the_schema_is_refused(int version, bool isNewEnough)
    {
        var refusal = Record.Exception(() => PostgresChecks.CheckVersion(version, "here"));

        Assert.Equal(isNewEnough, refusal is null);
        Assert.True(isNewEnough || refusal!.Message.Contains("Upgrade the server", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task The_database_says_which_it_is_and_a_restore_changes_its_timeline()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        await using var server = await PostgresServer.StartAsync();
        var settings = PostgresServer.Patient(server.ConnectionString());
        var before = await DatabaseIncarnation.ReadAsync(settings, None);

        await server.StartOnNewTimelineAsync();
        var after = await DatabaseIncarnation.ReadAsync(settings, None);

        Assert.Equal(1, before.Timeline);
        Assert.True(ulong.Parse(before.SystemIdentifier, CultureInfo.InvariantCulture) > 0);
        Assert.Equal(before with { Timeline = 2 }, after);
        Assert.Equal(after, DatabaseIncarnation.Parse(after.ToString()));
        Assert.Equal(new DatabaseIncarnation("7", 0x1A), DatabaseIncarnation.Parse("7/0000001A"));
    }

    [SkippableFact]
    public async Task A_clock_that_is_right_passes_and_one_that_is_two_seconds_off_does_not()
    {
        var settings = PostgresServer.Patient(await MigratedAsync());

        var right = await ClockSkew.MeasureAsync(settings, TimeProvider.System, None);
        right.Check(Second);
        var fast = await ClockSkew.MeasureAsync(settings, new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(1)), None);

        Assert.InRange(fast.Offset, TimeSpan.FromMinutes(-61), TimeSpan.FromMinutes(-50));
        Assert.Contains("ahead of the database's", Assert.Throws<StoreRefusedException>(() => fast.Check(Second)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_offset_is_taken_from_the_middle_of_the_quickest_round_trip_and_only_what_is_sure_is_refused()
    {
        var asked = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        var quick = ClockSkew.Of(asked, TimeSpan.FromMilliseconds(10), asked.AddMilliseconds(1005));
        var slow = ClockSkew.Of(asked, TimeSpan.FromSeconds(10), asked.AddSeconds(11));

        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(5)), (quick.Offset, quick.Uncertainty));
        Assert.Equal(TimeSpan.FromSeconds(6), slow.Offset);
        Assert.Equal(quick, slow.Better(quick));
        Assert.Equal(quick, quick.Better(slow));
        quick.Check(Second);
        Assert.Throws<StoreRefusedException>(() => quick.Check(TimeSpan.FromMilliseconds(900)));
        new ClockSkew(TimeSpan.FromSeconds(-1.5), TimeSpan.FromSeconds(0.6)).Check(Second);
        Assert.Contains("behind the database's", Assert.Throws<StoreRefusedException>(() => new ClockSkew(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(0.6)).Check(Second)).Message, StringComparison.Ordinal);
    }

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static Task<StoreRefusedException> RefusalAsync(string connection) =>
        Assert.ThrowsAsync<StoreRefusedException>(() => PostgresChecks.CheckLogsAsync(PostgresServer.Patient(connection), None));

    private static async Task<string> MigratedAsync()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        return await (await PostgresServer.SharedAsync()).CreateMigratedDatabaseAsync();
    }
}
