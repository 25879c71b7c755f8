using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Record = Broker.Protos.V1.Record;

namespace Broker.EndToEnd.Processes;

/// <summary>Goal: kill -9 at any step of a merge loses nothing, doubles nothing and leaves nothing behind. Method: one real node is killed at each step in
/// turn, over the same directory; then the partner's records, the files and the logs are looked at.</summary>
public sealed class MergeKillTests : IAsyncLifetime
{
    private const string Partner = "lab";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    // A second each: the test waits for what happens, not for how long it takes.
    private static readonly Dictionary<string, string> Quick = new()
    {
        ["BROKER_MERGES__PERIOD"] = "00:00:01",
        ["BROKER_MERGES__FANIN"] = "2",
        ["BROKER_MERGES__RETIREDFOR"] = "00:00:01",
    };

    private readonly TemporaryDirectory _directory = new();
    private string _deal = "";

    private string Objects => Path.Combine(_directory.Path, "objects");

    public async Task InitializeAsync()
    {
        await using var node = await ServeProcess.StartAsync(_directory.Path, new Dictionary<string, string> { ["BROKER_MERGES__PERIOD"] = "01:00:00" });
        await node.Calls.AddPlatformAsync(partitionCount: 1);
        _deal = await node.Calls.AddDealAsync(Partner, "pact", TestCalls.Records(10_000));
        foreach (var user in (string[])["ann", "bob", "eve"]) await node.Calls.DecideAsync(user, ConsentChoice.Grant, TestCalls.Past);
        await node.Calls.ImportAsync(Posts("first"));
        var pulled = await node.Calls.PullAsync(_deal, Partner);
        Assert.Equal(60, pulled.Records.Count());
        await node.Calls.ImportAsync([.. Posts("second"), TestCalls.Post("first-ann-0", "ann", "edited-text")]);
        await node.Calls.Consents.RemoveRecordAsync(
            new RemoveRecordRequest { User = $"{TestCalls.PlatformName}/users/ann", Dataset = TestCalls.Dataset, RecordId = "second-ann-1", RequestId = TestCalls.NewId() }, node.Calls.AsUser("ann"));
        await node.Calls.Consents.EraseUserAsync(new EraseUserRequest { User = $"{TestCalls.PlatformName}/users/eve", RequestId = TestCalls.NewId() }, node.Calls.AsUser("eve"));
    }

    public Task DisposeAsync()
    {
        _directory.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_merge_that_is_killed_at_each_of_its_steps_is_done_in_the_end_and_nothing_is_lost_doubled_or_left_behind()
    {
        foreach (var step in (string[])["Written", "Swapped", "Deleting", "Deleted"])
        {
            await using var killed = await ServeProcess.StartAsync(_directory.Path, new Dictionary<string, string>(Quick) { ["BROKER_KILL_IN_MERGE"] = step });
            await killed.Ended.WaitAsync(Patience);
        }

        // What the first kill left is an orphan; two days later it is taken for one.
        Assert.True(Files().Count > 4, string.Join(' ', Files()));
        foreach (var path in Files()) File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddDays(-2));
        await using (var node = await ServeProcess.StartAsync(_directory.Path, Quick))
        {
            await UntilAsync(() => Files().Count == 4); // one segment of records, one of remnants, and the ids of each
            Assert.All(["first-ann-0 text", "second-ann-1 text", "eve text"], text => Assert.False(IsAnywhere(text), text));
            Assert.True(IsAnywhere("edited-text"));

            // What was not confirmed comes again, out of other files, without what is gone; and what is new.
            var pulled = await node.Calls.PullAsync(_deal, Partner);
            var expected = Posts("first").Concat(Posts("second")).Where(post => post.Author != "eve" && post.Id != "second-ann-1").Select(post => post.Id);
            Assert.Equal(expected.Order(StringComparer.Ordinal), pulled.Records.Select(record => record.Id).Order(StringComparer.Ordinal));
            Assert.Equal("edited-text", pulled.Records.Single(record => record.Id == "first-ann-0").Text);
            await node.KillAsync();
        }

        var (exitCode, _, said) = await DirectoryAudit.RunAsync(_directory.Path);
        Assert.True(exitCode == 0, said);
    }

    private static List<Record> Posts(string import) =>
    [
        .. from user in (string[])["ann", "bob", "eve"]
           from number in Enumerable.Range(0, 20)
           select TestCalls.Post($"{import}-{user}-{number}", user, user == "eve" ? "eve text" : $"{import}-{user}-{number} text"),
    ];

    private List<string> Files() => [.. Directory.GetFiles(Objects, "*", SearchOption.AllDirectories).Where(path => Path.GetExtension(path) is ".arrow" or ".ids")];

    private bool IsAnywhere(string text) => Files().Any(path => File.ReadAllBytes(path).AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0);

    /// <summary>Waits until something is so of the files.</summary>
    private async Task UntilAsync(Func<bool> isSo)
    {
        using var watcher = new FileSystemWatcher(Objects) { IncludeSubdirectories = true };
        var changed = new SemaphoreSlim(0);
        watcher.Created += (_, _) => changed.Release();
        watcher.Deleted += (_, _) => changed.Release();
        watcher.Renamed += (_, _) => changed.Release();
        watcher.EnableRaisingEvents = true;
        while (!isSo()) Assert.True(await changed.WaitAsync(Patience), string.Join(' ', Files()));
    }
}
