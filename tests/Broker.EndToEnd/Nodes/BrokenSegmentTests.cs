using Broker.Grains.Partitions;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Grpc.Core;

namespace Broker.EndToEnd.Nodes;

/// <summary>A segment whose file has a flipped bit: what needs it fails by its name, is not charged, and nothing else stops.</summary>
public sealed class BrokenSegmentTests : IAsyncLifetime
{
    private const string Partner = "lab";
    private static readonly string[] Users = [.. Enumerable.Range(0, 40).Select(number => $"user-{number}")];

    private TestNode _node = null!;
    private string _deal = "";

    private string Objects => Path.Combine(_node.Node.DataDirectory, "objects");

    public async Task InitializeAsync()
    {
        _node = await TestNode.StartAsync();
        await _node.Calls.AddPlatformAsync(partitionCount: 4);
        _deal = await _node.Calls.AddDealAsync(Partner, "pact", TestCalls.Records(10_000));
        await _node.Calls.ImportAsync(Users.Select(user => TestCalls.Post($"post-{user}", user, "text")));
        foreach (var user in Users) await _node.Calls.DecideAsync(user, ConsentChoice.Grant, TestCalls.Past);
    }

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task The_other_partitions_are_pulled_nothing_of_it_is_charged_and_it_goes_on_when_the_right_file_is_back()
    {
        var path = Directory.GetFiles(Objects, "*.arrow", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        var segment = Path.GetFileNameWithoutExtension(path);
        var whole = await File.ReadAllBytesAsync(path);
        var rows = Users.Count(user => segment.StartsWith($"{PartitionKeys.IndexOf(user, 4):x4}-", StringComparison.Ordinal));
        Assert.InRange(rows, 1, 39);
        await FlipAsync(path, whole);
        await _node.RestartAsync(); // nothing of it is open any more

        var pulled = new PulledStream();
        var failure = await Assert.ThrowsAsync<RpcException>(() => PullAsync(pulled));
        Assert.Equal(StatusCode.DataLoss, failure.StatusCode);
        Assert.Contains(segment, failure.Status.Detail, StringComparison.Ordinal);
        Assert.Null(pulled.Summary);
        Assert.Equal(40 - rows, pulled.Records.Count());
        Assert.Equal(40 - rows, (await _node.Calls.UsageAsync(_deal, Partner)).Posted.RecordCount);
        await _node.Calls.DecideAsync("somebody-new", ConsentChoice.Withdraw, TestCalls.Past); // consents go on, whichever partition it is

        await File.WriteAllBytesAsync(path, whole);
        await _node.RestartAsync();
        var all = new PulledStream();
        await PullAsync(all);
        Assert.Equal(Users.Select(user => $"post-{user}").Order(StringComparer.Ordinal), all.Records.Select(record => record.Id).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(40, (await _node.Calls.UsageAsync(_deal, Partner)).Posted.RecordCount);
    }

    private static async Task FlipAsync(string path, byte[] whole)
    {
        var broken = (byte[])whole.Clone();
        broken[broken.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, broken);
    }

    private async Task PullAsync(PulledStream pulled)
    {
        using var call = _node.Calls.Pulls.Pull(new PullRequest { Deal = _deal }, _node.Calls.AsPartner(Partner));
        await foreach (var message in call.ResponseStream.ReadAllAsync()) pulled.Take(message);
    }
}
