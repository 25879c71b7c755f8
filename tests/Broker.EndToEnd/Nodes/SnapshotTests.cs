using Broker.Grains.Logs;
using Broker.Protos.Log.V1;
using Broker.Protos.V1;
using Broker.Storage.Logs;
using Broker.Storage.Objects.Directory;
using Broker.TestKit.Nodes;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ConsentChoice = Broker.Protos.V1.ConsentChoice;

namespace Broker.EndToEnd.Nodes;

/// <summary>What a node reads of its logs when it starts again.</summary>
public sealed class SnapshotTests : IAsyncDisposable
{
    private const string Deal = "platforms/acme/deals/pact";
    private const string Partition = "platforms/acme/partitions/0";
    private const int IgnoredEvent = 2103;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryDirectory _directory = new();
    private readonly KeptWarnings _warnings = new();
    private readonly WatchedSnapshots _snapshots;
    private TestNode? _node;
    private CountingLogStore? _store;

    public SnapshotTests() =>
        _snapshots = new WatchedSnapshots(new ObjectSnapshotStore(new DirectoryObjectStore(_directory.Path), NullLogger<ObjectSnapshotStore>.Instance));

    private TestCalls Calls => _node!.Calls;

    public async ValueTask DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
        _directory.Dispose();
        _warnings.Dispose();
    }

    [Fact]
    public async Task An_activation_reads_the_snapshot_and_only_the_entries_after_it_and_goes_on_as_if_it_had_read_all()
    {
        await BeginAsync();
        var before = await SeenAsync();

        await _node!.RestartAsync();
        Assert.Equal(before, await SeenAsync());

        foreach (var log in new[] { Deal, Partition })
        {
            var read = _store!.ReadOf(log);
            Assert.Contains(read[0], _snapshots.PublishedOf(log));
            Assert.True(read[0] > 1);
            AssertReadFrom(read[0], log); // the snapshot's own entry too: it shows that the snapshot is of this log's past
        }

        Assert.Empty(_warnings.Of(IgnoredEvent));
        await GoOnAsync();
    }

    public static TheoryData<string, string> Spoilt() => new()
    {
        { Deal, "another version" },
        { Deal, "cut short" },
        { Deal, "other bytes" },
        { Partition, "another version" },
        { Partition, "cut short" },
        { Partition, "other bytes" },
    };

    [Theory, MemberData(nameof(Spoilt))]
    public async Task A_snapshot_that_cannot_be_used_is_named_in_a_warning_and_the_whole_log_is_read(string log, string how)
    {
        await BeginAsync();
        var before = await SeenAsync();
        _snapshots.Spoil = (name, snapshot) => name.Value == log ? Spoil(snapshot, how) : snapshot;

        await _node!.RestartAsync();
        Assert.Equal(before, await SeenAsync());

        Assert.Contains(log, Assert.Single(_warnings.Of(IgnoredEvent)), StringComparison.Ordinal);
        AssertReadFrom(1, log);
        await GoOnAsync();
    }

    private static PublishedSnapshot Spoil(PublishedSnapshot published, string how)
    {
        if (how == "other bytes") return published with { Bytes = new byte[] { 0xff, 0xff, 0xff } };
        var snapshot = LogSnapshot.Parser.ParseFrom(published.Bytes.Span);
        var state = snapshot.State.ToByteArray();
        Assert.Equal(0x08, state[0]); // field 1, the version: one byte
        Assert.InRange(state[1], 1, 0x7e);
        if (how == "another version") state[1]++;
        snapshot.State = ByteString.CopyFrom(how == "cut short" ? state[..^1] : state);
        return published with { Bytes = snapshot.ToByteArray() };
    }

    private void AssertReadFrom(long first, string log)
    {
        var head = Assert.Single(_store!.HeadsOf(log));
        Assert.Equal(Enumerable.Range((int)first, (int)(head - first + 1)).Select(position => (long)position), _store.ReadOf(log));
    }

    /// <summary>Eight records of two users left, in a slice each; one of the users withdrew.</summary>
    private async Task BeginAsync()
    {
        _node = await TestNode.StartAsync(builder =>
        {
            builder.Logging.AddProvider(_warnings);
            builder.Services.Configure<LogOptions>(options => options.SnapshotEveryEntries = 6);
            builder.Services.AddSingleton<ISnapshotStore>(_snapshots);
            builder.Services.AddSingleton<ILogStore>(provider => _store = new CountingLogStore(provider.GetRequiredService<SqliteLogStore>()));
        });
        await Calls.AddPlatformAsync(partitionCount: 1);
        await Calls.AddDealAsync("lab", "pact", TestCalls.Records(20));
        await Calls.ImportAsync(Enumerable.Range(0, 16).Select(number => TestCalls.Post($"p{number}", $"user-{number % 4}", $"post {number}")));
        foreach (var user in new[] { "user-0", "user-1" }) await Calls.DecideAsync(user, ConsentChoice.Grant, TestCalls.Past);
        Assert.Equal(8, (await Calls.PullAsync(Deal, "lab", sliceRecords: 1)).Records.Count());
        await Calls.ConfirmAsync(Deal, "lab", [new SliceRange { Round = 1, FirstSlice = 1, LastSlice = 8 }]);
        await Calls.DecideAsync("user-1", ConsentChoice.Withdraw, TestCalls.Past.AddYears(1));
        await Task.WhenAll(_snapshots.FirstOf(Deal), _snapshots.FirstOf(Partition)).WaitAsync(Patience);
    }

    /// <summary>What the deal has used, what one user is told, and what is to be deleted.</summary>
    private async Task<string> SeenAsync()
    {
        var usage = await Calls.UsageAsync(Deal, "lab");
        var report = await Calls.Reports.GetUserReportAsync(new GetUserReportRequest { User = "platforms/acme/users/user-1" }, Calls.AsUser("user-1"));
        var recalls = await Calls.Recalls.ListRecallsAsync(new ListRecallsRequest { Deal = Deal }, Calls.AsPartner("lab"));
        Assert.NotEmpty(report.Report.Deliveries);
        Assert.NotEmpty(recalls.Recalls);
        // A post may still be on its way: what counts is the same before it and after.
        return $"{usage.Posted.RecordCount + usage.Reserved.RecordCount} {report} {recalls}";
    }

    /// <summary>Who consents now is pulled, who withdrew is not, and what was charged counts.</summary>
    private async Task GoOnAsync()
    {
        await Calls.DecideAsync("user-2", ConsentChoice.Grant, TestCalls.Past);
        Assert.Equal(["p10", "p14", "p2", "p6"], (await Calls.PullAsync(Deal, "lab")).Records.Select(record => record.Id).Order(StringComparer.Ordinal));
        var usage = await Calls.UsageAsync(Deal, "lab");
        Assert.Equal(12, usage.Posted.RecordCount + usage.Reserved.RecordCount);
    }
}
