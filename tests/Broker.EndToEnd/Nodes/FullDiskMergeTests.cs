using Broker.Domain.Merges;
using Broker.Domain.Partitions;
using Broker.Grains.Merges;
using Broker.Grains.Segments;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Broker.EndToEnd.Nodes;

/// <summary>A node whose disk is full whenever it merges: it goes on with the segments that it has, and merges them when there is room.</summary>
public sealed class FullDiskMergeTests
{
    [Fact]
    public async Task A_merge_on_a_full_disk_is_given_up_and_tried_again_and_what_is_released_stays_the_same()
    {
        var merger = new FullDiskMerger();
        await using var node = await TestNode.StartAsync(builder =>
        {
            builder.Services.PostConfigure<MergeOptions>(options =>
                (options.Period, options.RetryAfter, options.RetiredFor, options.FanIn) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), 2));
            var inner = builder.Services.Last(service => service.ServiceType == typeof(ISegmentMerger)).ImplementationFactory!;
            builder.Services.Replace(ServiceDescriptor.Singleton<ISegmentMerger>(provider => merger.Over((ISegmentMerger)inner(provider))));
        });
        await node.Calls.AddPlatformAsync(partitionCount: 1);
        foreach (var import in Enumerable.Range(0, 2)) await node.Calls.ImportAsync(Enumerable.Range(0, 20).Select(post => TestCalls.Post($"p{import}-{post}", $"user-{post % 4}", "words")));
        for (var user = 0; user < 4; user++) await node.Calls.DecideAsync($"user-{user}", ConsentChoice.Grant, TestCalls.Past);

        await merger.GivenUpTwice;
        var before = await PullAsync("before");
        Assert.Equal(40, before.Count);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(node.Node.DataDirectory, "objects"), "*.arrow", SearchOption.AllDirectories).Length); // nothing was left behind

        merger.IsFull = false;
        await merger.Merged;
        Assert.Equal(before, await PullAsync("after"));

        async Task<List<string>> PullAsync(string partner) =>
            [.. (await node.Calls.PullAsync(await node.Calls.AddDealAsync(partner, partner), partner)).Records.Select(record => record.Id)];
    }

    /// <summary>A merger whose disk is full for a while.</summary>
    private sealed class FullDiskMerger : ISegmentMerger
    {
        private readonly TaskCompletionSource _givenUpTwice = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _merged = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private ISegmentMerger _inner = null!;
        private int _givenUp;

        public volatile bool IsFull = true;

        public Task GivenUpTwice => _givenUpTwice.Task;

        /// <summary>Done when the files of what was merged away are asked to be deleted: the log names what they were merged into.</summary>
        public Task Merged => _merged.Task;

        public FullDiskMerger Over(ISegmentMerger inner)
        {
            _inner = inner;
            return this;
        }

        public async Task<IReadOnlyList<MergedSegment>> MergeAsync(string platform, int partition, MergePlan plan, CancellationToken cancellationToken)
        {
            if (IsFull)
            {
                if (Interlocked.Increment(ref _givenUp) == 2) _givenUpTwice.SetResult();
                throw new SegmentUnavailableException(plan.Inputs[0].Info.Id, "No space left on device");
            }

            return await _inner.MergeAsync(platform, partition, plan, cancellationToken);
        }

        public Task DeleteAsync(string platform, RetiredSegment segment, CancellationToken cancellationToken)
        {
            _merged.TrySetResult();
            return _inner.DeleteAsync(platform, segment, cancellationToken);
        }

        public Task<int> CollectAsync(string platform, int partition, string dataset, IReadOnlySet<string> named, CancellationToken cancellationToken) =>
            _inner.CollectAsync(platform, partition, dataset, named, cancellationToken);
    }
}
