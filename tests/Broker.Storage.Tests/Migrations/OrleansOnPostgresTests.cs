using System.Net;
using Broker.Storage.Postgres;
using Broker.Storage.Tests.GrainStorage;
using Broker.TestKit.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Storage;

namespace Broker.Storage.Tests.Migrations;

/// <summary>Orleans' own providers on the tables and queries that our migrations make for them.</summary>
public sealed class OrleansOnPostgresTests : IAsyncLifetime
{
    private const string Invariant = "Npgsql";
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly DateTime Noon = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    private PostgresDatabase _database = null!;
    private IHost? _host;

    private IServiceProvider Services => _host!.Services;

    public async Task InitializeAsync()
    {
        Skip.If(PostgresBinaries.Directory is null, PostgresBinaries.Missing);
        var connection = await (await PostgresServer.SharedAsync()).CreateMigratedDatabaseAsync();
        _database = PostgresDatabase.Open(PostgresServer.Patient(connection));
        _host = new HostBuilder().UseOrleans(silo => silo
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("cluster", "service"))
            .UseAdoNetClustering(options => (options.Invariant, options.DataSource) = (Invariant, _database.Source))
            .UseAdoNetReminderService(options => (options.Invariant, options.DataSource) = (Invariant, _database.Source))
            .AddAdoNetGrainStorage("states", options => (options.Invariant, options.DataSource, options.GrainStorageSerializer) = (Invariant, _database.Source, new JsonStates())))
            .Build(); // Never started: only its providers are asked.
    }

    public async Task DisposeAsync()
    {
        if (_host is null) return;
        _host.Dispose();
        await _database.DisposeAsync();
    }

    [SkippableFact]
    public async Task A_silo_joins_changes_and_is_found_and_each_change_raises_the_tables_version()
    {
        var table = await MembershipAsync();
        var silo = Silo(1);

        Assert.True(await table.InsertRowAsync(silo, (await table.ReadAllAsync(None)).Version.Next(), None));
        silo.Status = SiloStatus.Active;
        silo.SuspectTimes = [Tuple.Create(silo.SiloAddress, Noon)];
        var joined = await table.ReadAllAsync(None);
        Assert.True(await table.UpdateRowAsync(silo, Assert.Single(joined.Members).Item2, joined.Version.Next(), None));
        silo.IAmAliveTime = Noon.AddMinutes(1);
        await table.UpdateIAmAliveAsync(silo, None);

        var read = await table.ReadRowAsync(silo.SiloAddress, None);
        var member = Assert.Single(read.Members).Item1;
        Assert.Equal(2, read.Version.Version);
        Assert.Equal((silo.SiloAddress, "silo 1", "host", SiloStatus.Active, 30_001), (member.SiloAddress, member.SiloName, member.HostName, member.Status, member.ProxyPort));
        Assert.Equal((Noon, Noon.AddMinutes(1)), (member.StartTime, member.IAmAliveTime));
        Assert.Equal(silo.SuspectTimes, member.SuspectTimes);
        Assert.Empty((await table.ReadRowAsync(Silo(2).SiloAddress, None)).Members);
    }

    [SkippableFact]
    public async Task Of_many_who_change_the_membership_from_one_version_one_wins()
    {
        var table = await MembershipAsync();
        var version = (await table.ReadAllAsync(None)).Version.Next();

        var inserted = await Task.WhenAll(Enumerable.Range(1, 16).Select(number => table.InsertRowAsync(Silo(number), version, None)));
        Assert.Single(inserted, true);
        var member = Assert.Single((await table.ReadAllAsync(None)).Members).Item1;
        Assert.False(await table.InsertRowAsync(member, (await table.ReadAllAsync(None)).Version.Next(), None)); // it is there already
        var (tag, next) = ((await table.ReadAllAsync(None)).Members[0].Item2, (await table.ReadAllAsync(None)).Version.Next());
        var updated = await Task.WhenAll(Enumerable.Range(1, 16).Select(_ => table.UpdateRowAsync(member, tag, next, None)));

        Assert.Single(updated, true);
        Assert.False(await table.UpdateRowAsync(Silo(99), "2", (await table.ReadAllAsync(None)).Version.Next(), None));
        Assert.Equal(2, (await table.ReadAllAsync(None)).Version.Version);
    }

    [SkippableFact]
    public async Task Silos_long_gone_are_cleared_away_and_active_ones_never()
    {
        var table = await MembershipAsync();
        foreach (var (number, status) in new[] { (1, SiloStatus.Active), (2, SiloStatus.Dead), (3, SiloStatus.Dead) })
        {
            var silo = Silo(number);
            (silo.Status, silo.IAmAliveTime) = (status, number == 3 ? Noon : Noon.AddDays(-9));
            Assert.True(await table.InsertRowAsync(silo, (await table.ReadAllAsync(None)).Version.Next(), None));
        }

        await table.CleanupDefunctSiloEntriesAsync(Noon.AddDays(-7), None);
        Assert.Equal(["silo 1", "silo 3"], (await table.ReadAllAsync(None)).Members.Select(member => member.Item1.SiloName).Order());

        await table.DeleteMembershipTableEntriesAsync("cluster", None);
        await table.InitializeMembershipTableAsync(true, None);
        Assert.Empty((await table.ReadAllAsync(None)).Members);
    }

    [SkippableFact]
    public async Task A_reminder_is_kept_found_by_its_grain_and_its_hash_changed_and_removed_at_its_version()
    {
        var table = Services.GetRequiredService<IReminderTable>();
        await table.StartAsync(CancellationToken.None);
        var entry = new ReminderEntry { GrainId = GrainId.Create("deal", new string('d', 200)), ReminderName = "sweep", StartAt = Noon, Period = TimeSpan.FromDays(30) };

        var first = (await table.UpsertRow(entry))!;
        var second = (await table.UpsertRow(entry))!;

        Assert.NotEqual(first, second);
        var read = (await table.ReadRow(entry.GrainId, "sweep"))!;
        Assert.Equal((entry.GrainId, "sweep", Noon, TimeSpan.FromDays(30)), (read.GrainId, read.ReminderName, read.StartAt, read.Period));
        Assert.Single((await table.ReadRows(entry.GrainId)).Reminders);
        var hash = entry.GrainId.GetUniformHashCode();
        Assert.Single((await table.ReadRows(hash - 1, hash)).Reminders);
        Assert.Single((await table.ReadRows(hash + 5, hash + 1)).Reminders); // over the ring's end
        Assert.Empty((await table.ReadRows(hash, hash - 1)).Reminders);
        Assert.False(await table.RemoveRow(entry.GrainId, "sweep", first));
        Assert.True(await table.RemoveRow(entry.GrainId, "sweep", second));
        Assert.Empty((await table.ReadRows(entry.GrainId)).Reminders);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_many_first_writes_of_one_state_one_stands_and_every_other_is_told(bool hasTextKey)
    {
        var storage = await StorageAsync();
        var id = hasTextKey ? GrainId.Create("partner", "openai") : GrainId.Create(GrainType.Create("partner"), GrainIdKeyExtensions.CreateGuidKey(new Guid("8b4f7a3e-0000-0000-0000-000000000001")));
        for (var round = 0; round < 20; round++)
        {
            var name = $"state{round}";
            var writes = await Task.WhenAll(Enumerable.Range(0, 12).Select(number => WriteAsync(storage, name, id, null, $"{number}")));

            var winner = Assert.Single(writes, write => write is not null);
            var read = await ReadAsync(storage, name, id);
            Assert.Equal((winner!.State?.Value, winner.ETag), (read.State?.Value, read.ETag));
        }

        await using var count = _database.Source.CreateCommand("SELECT count(*) FROM orleansstorage");
        Assert.Equal(20L, await count.ExecuteScalarAsync());
    }

    [SkippableFact]
    public async Task A_state_is_written_and_cleared_at_its_version_only()
    {
        var storage = await StorageAsync();
        var id = GrainId.Create("partner", "openai");
        var first = (await WriteAsync(storage, "s", id, null, "one"))!;
        var second = (await WriteAsync(storage, "s", id, first.ETag, "two"))!;

        Assert.Null(await WriteAsync(storage, "s", id, first.ETag, "stale"));
        Assert.Null(await WriteAsync(storage, "s", id, null, "first again"));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("s", id, new GrainState<Text>(new()) { ETag = first.ETag, RecordExists = true }));
        Assert.Equal("two", (await ReadAsync(storage, "s", id)).State?.Value);

        await storage.ClearStateAsync("s", id, second);
        var cleared = await ReadAsync(storage, "s", id);
        Assert.False(cleared.RecordExists);
        Assert.Null(await WriteAsync(storage, "s", id, "2", "stale"));
        Assert.NotNull(await WriteAsync(storage, "s", id, cleared.ETag, "three"));
        Assert.Equal("three", (await ReadAsync(storage, "s", id)).State?.Value);
    }

    private static MembershipEntry Silo(int number) => new()
    {
        SiloAddress = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11_000 + number), 7),
        SiloName = $"silo {number}",
        HostName = "host",
        Status = SiloStatus.Joining,
        ProxyPort = 30_000 + number,
        StartTime = Noon,
        IAmAliveTime = Noon,
    };

    private static async Task<GrainState<Text>> ReadAsync(IGrainStorage storage, string name, GrainId id)
    {
        var state = new GrainState<Text>(new());
        await storage.ReadStateAsync(name, id, state);
        return state;
    }

    /// <summary>The state with its new version, or null where another write came first.</summary>
    private static async Task<GrainState<Text>?> WriteAsync(IGrainStorage storage, string name, GrainId id, string? tag, string text)
    {
        var state = new GrainState<Text>(new() { Value = text }) { ETag = tag };
        try
        {
            await storage.WriteStateAsync(name, id, state);
            return state;
        }
        catch (InconsistentStateException)
        {
            return null;
        }
    }

    private async Task<IMembershipTable> MembershipAsync()
    {
        var table = Services.GetRequiredService<IMembershipTable>();
        await table.InitializeMembershipTableAsync(true, None);
        await table.InitializeMembershipTableAsync(true, None);
        return table;
    }

    private async Task<IGrainStorage> StorageAsync()
    {
        var storage = (AdoNetGrainStorage)Services.GetRequiredKeyedService<IGrainStorage>("states");
        var life = new SiloLifecycleSubject(NullLogger<SiloLifecycleSubject>.Instance);
        storage.Participate(life);
        await life.OnStart();
        return storage;
    }

    private sealed class Text
    {
        public string Value { get; set; } = "";
    }
}
