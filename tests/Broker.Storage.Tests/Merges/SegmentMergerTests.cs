using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Grains.Segments;
using Broker.Storage.Merges;
using Broker.Storage.Objects;
using Broker.Storage.Segments;
using Broker.Storage.Tests.Imports;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Broker.Storage.Tests.Merges;

public sealed class SegmentMergerTests : IDisposable
{
    private readonly MergeWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Small_segments_become_one_with_the_same_records()
    {
        for (var import = 0; import < 4; import++) await ImportAsync([.. Enumerable.Range(0, 5).Select(number => Post($"r{number}-{import}", $"u{number % 3}", $"text {number}-{import}"))]);
        var before = _world.World.Live;
        Assert.Equal(4, _world.State.Segments.Count);

        await _world.MergeAllAsync();

        Assert.Single(_world.State.Segments);
        Assert.Equal(before, _world.World.Live);
        Assert.Equal(20, before.Count);
    }

    [Fact]
    public async Task What_was_removed_edited_or_erased_is_nowhere_in_the_store_once_the_merged_files_are_deleted()
    {
        await ImportAsync(Post("kept", "u0", "kept-text"), Post("gone", "u0", "gone-text"), Post("edited", "u0", "old-text"), Post("hers", "erased-user", "her-text"));
        await ImportAsync(Post("edited", "u0", "new-text"));
        _world.World.Partitions.Remove("gone");
        _world.World.Partitions.Erase("erased-user");
        await _world.MergeAllAsync();
        Assert.All(["gone-text", "old-text", "her-text", "erased-user"], text => Assert.True(_world.IsAnywhere(text), text)); // in the inputs, for a while

        await _world.DeleteRetiredAsync();

        Assert.All(["gone-text", "old-text", "her-text", "erased-user"], text => Assert.False(_world.IsAnywhere(text), text));
        Assert.All(["kept-text", "new-text"], text => Assert.True(_world.IsAnywhere(text), text));
        Assert.Equal(["edited", "kept"], _world.World.Live.Keys);
        Assert.True(_world.IsAnywhere("hers")); // a recall may have to name it
    }

    [Fact]
    public async Task Once_the_key_of_who_was_erased_is_destroyed_a_merge_takes_their_records_ids_too()
    {
        await ImportAsync(Post("kept", "u0", "kept-text"), Post("hers-1", "erased-user", "her-text"));
        _world.World.Partitions.Erase("erased-user");
        await _world.MergeAllAsync();
        await _world.DeleteRetiredAsync();
        Assert.True(_world.IsAnywhere("hers-1"));
        Assert.Null(_world.Plan());

        var user = _world.State.Erased.Keys.Single();
        _world.World.Partitions.Do(0, _ => Domain.Decision<PartitionEvent>.Of(new UserKeyDestroyed(user)));
        await _world.MergeAllAsync();
        await _world.DeleteRetiredAsync();

        Assert.False(_world.IsAnywhere("hers-1"));
        var remnant = _world.State.Segments.Single(segment => segment.IsRemnants);
        Assert.Equal((1, "", user), (remnant.Rows.Count, remnant.Rows.IdAt(0), remnant.Rows.UserAt(0)));
    }

    [Fact]
    public async Task An_import_after_merges_knows_what_is_held_and_does_not_bring_back_what_was_removed_by_request()
    {
        await ImportAsync(Post("a", "u0", "one"), Post("b", "u1", "two"), Post("c", "u1", "three"));
        _world.World.Partitions.Remove("b");
        await _world.MergeAllAsync();
        await _world.DeleteRetiredAsync();

        var report = await ImportAsync(Post("a", "u0", "one"), Post("b", "u1", "two"), Post("c", "u1", "changed"), Post("d", "u2", "four"));

        Assert.Equal((1, 1, 1, 1), (report.Unchanged, report.Replaced, report.Added, report.Refused[ImportRefusal.RemovedByRequest]));
        Assert.Equal(["a", "c", "d"], _world.World.Live.Keys);
        Assert.Equal(1, (await ImportAsync(Post("b", "u1", "two, but written anew"))).Added);
    }

    [Fact]
    public async Task Whatever_is_imported_removed_and_erased_merges_change_nothing_of_what_is_held()
    {
        await Gen.Select(Gen.Int[0, 5], Gen.Int[0, 3], Gen.Int[0, 6], Gen.Int[0, 20]).Array[1, 14].SampleAsync(
            async steps =>
            {
                using var merging = new MergeWorld();
                using var plain = new MergeWorld();
                foreach (var (verb, user, record, text) in steps)
                {
                    foreach (var world in (MergeWorld[])[merging, plain]) await DoAsync(world, verb, user, record, text);
                    if (verb == 5) await merging.MergeAllAsync();
                    if (verb == 4 && text % 2 == 0) await merging.DeleteRetiredAsync();
                }

                Assert.Equal(plain.World.Live, merging.World.Live);
                Assert.Equal(Reports(plain), Reports(merging));
            },
            iter: 25,
            threads: 1);

        // The same dump once more tells what each still keeps out.
        static string Reports(MergeWorld world)
        {
            var dump = Enumerable.Range(0, 7).SelectMany(record => Enumerable.Range(0, 3).Select(text => Post($"r{record}", $"u{record % 4}", $"t{text}"))).ToArray();
            return string.Join(' ', dump.Select(item => world.World.ImportAsync(item).GetAwaiter().GetResult()).Select(report => $"{report.Added}{report.Replaced}{report.Unchanged}{report.Refused.Count}"));
        }
    }

    [Fact]
    public async Task A_full_disk_gives_the_merge_up_leaves_nothing_behind_and_the_segments_go_on()
    {
        var full = false;
        using var world = new MergeWorld(objects => new SegmentStore(new FullStore(objects, () => full)));
        for (var import = 0; import < 2; import++) await world.World.ImportAsync(Post($"r{import}", "u0", "text"));
        var before = (world.World.Live, world.Objects);
        full = true;
        var plan = world.Plan()!;

        await Assert.ThrowsAsync<SegmentUnavailableException>(() => world.WriteAsync(plan));

        Assert.Equal(before.Live, world.World.Live);
        Assert.Equal(before.Objects, world.Objects);
        Assert.Empty(Directory.GetFileSystemEntries(world.World.Temporary));
        full = false;
        world.Swap(plan, await world.WriteAsync(plan));
        Assert.Equal(before.Live, world.World.Live);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_broken_or_missing_segment_gives_the_merge_up_and_is_named(bool isMissing)
    {
        for (var import = 0; import < 2; import++) await ImportAsync(Post($"r{import}", "u0", "text"));
        var plan = _world.Plan()!;
        var broken = plan.Inputs[1].Info;
        var path = Path.Combine(_world.World.Objects, SegmentKeys.RowsOf(ImportWorld.Platform, broken.Dataset, broken.Id).Value);
        if (isMissing) File.Delete(path);
        else
        {
            var bytes = await File.ReadAllBytesAsync(path);
            bytes[^20] ^= 1;
            await File.WriteAllBytesAsync(path, bytes);
        }

        using var fresh = Segments.SegmentFiles.Open(_world.World.Objects); // nothing of it is mapped yet
        using var merger = new SegmentMerger(fresh, Microsoft.Extensions.Options.Options.Create(new Grains.Merges.MergeOptions()), Microsoft.Extensions.Options.Options.Create(new Storage.Imports.ImportOptions()), _world.World.Time, new Storage.Keys.SystemEntropy(), _world.World.Temporary);
        var failure = await Assert.ThrowsAsync<SegmentCorruptException>(() => merger.MergeAsync(ImportWorld.Platform, 0, plan, CancellationToken.None));
        Assert.Contains(broken.Id, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_crash_left_of_a_merge_is_collected_once_it_is_old_and_nothing_else_is()
    {
        for (var import = 0; import < 2; import++) await ImportAsync(Post($"r{import}", "u0", "text"));
        var named = _world.Objects;
        await _world.Merger.MergeAsync(ImportWorld.Platform, 0, _world.Plan()!, CancellationToken.None); // and nobody ever names it
        Assert.Equal(named.Count + 2, _world.Objects.Count);
        var names = _world.State.Segments.Select(segment => segment.Info.Id).ToHashSet();

        Assert.Equal(0, await _world.Merger.CollectAsync(ImportWorld.Platform, 0, ImportWorld.Dataset, names, CancellationToken.None));
        _world.World.Time.Advance(TimeSpan.FromHours(25));
        Assert.Equal(0, await _world.Merger.CollectAsync(ImportWorld.Platform, 1, ImportWorld.Dataset, names, CancellationToken.None)); // another partition's are not its
        Assert.Equal(2, await _world.Merger.CollectAsync(ImportWorld.Platform, 0, ImportWorld.Dataset, names, CancellationToken.None));
        Assert.Equal(named, _world.Objects);
    }

    [Fact]
    public async Task An_import_does_not_take_the_files_of_merged_segments_for_what_a_crash_left()
    {
        for (var import = 0; import < 2; import++) await ImportAsync(Post($"r{import}", "u0", "text"));
        await _world.MergeAllAsync();
        _world.World.Time.Advance(TimeSpan.FromHours(25));
        await ImportAsync(Post("r9", "u0", "text"));
        Assert.All(_world.State.Retired, retired => Assert.Contains($"{retired.Info.Id}.arrow", _world.Objects));
        await _world.DeleteRetiredAsync();
        Assert.DoesNotContain(_world.Objects, name => !_world.State.Segments.Any(segment => name.StartsWith(segment.Info.Id, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_deleted_segment_stays_readable_for_who_has_it_open_and_is_not_opened_again()
    {
        for (var import = 0; import < 2; import++) await ImportAsync(Post($"r{import}", "u0", "text"));
        var (old, info) = (_world.State.Segments[0].Rows, _world.State.Segments[0].Info);
        await _world.MergeAllAsync();
        await _world.DeleteRetiredAsync();
        Assert.Equal("r0", old.IdAt(0));
        await Assert.ThrowsAsync<SegmentCorruptException>(() => _world.World.Store.OpenAsync(new SegmentRef(ImportWorld.Platform, info.Dataset, info.Id, info.Digest.AsMemory()), CancellationToken.None));
    }

    [Fact]
    public async Task Merges_take_no_more_bytes_in_a_second_than_they_may()
    {
        var time = new FakeTimeProvider();
        var throttle = new MergeThrottle(time, bytesPerSecond: 1_000);
        Assert.True(throttle.TakeAsync(1_000, CancellationToken.None).IsCompleted); // a second's worth at once
        var more = throttle.TakeAsync(2_500, CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(2.4));
        Assert.False(more.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2));
        await more;
        time.Advance(TimeSpan.FromHours(1));
        Assert.True(throttle.TakeAsync(900, CancellationToken.None).IsCompleted);
        Assert.False(throttle.TakeAsync(200, CancellationToken.None).IsCompleted); // an hour's pause saves up no more than a second
    }

    private static async Task DoAsync(MergeWorld world, int verb, int user, int record, int text)
    {
        var id = $"r{record}";
        switch (verb)
        {
            case 0 or 1 or 2: await world.World.ImportAsync(Post(id, $"u{(verb == 2 ? user : record % 4)}", $"t{text % 3}")); break;
            case 3 when world.World.Live.ContainsKey(id): world.World.Partitions.Remove(id); break;
            case 4 when text == 7: world.World.Partitions.Erase($"u{user}"); break;
        }
    }

    private Task<Broker.Grains.Imports.ImportReport> ImportAsync(params SourceItem[] items) => _world.World.ImportAsync(items);

    private static SourceItem Post(string id, string user, string text) => ImportWorld.Post(id, user, text);

    /// <summary>A store whose disk is full while it is said to be.</summary>
    private sealed class FullStore(IObjectStore store, Func<bool> isFull) : IObjectStore
    {
        public string Description => store.Description;

        public Task<bool> PutAsync(ObjectKey key, Stream content, PutMode mode, CancellationToken cancellationToken) => store.PutAsync(key, content, mode, cancellationToken);

        public Task PutFileAsync(ObjectKey key, string path, CancellationToken cancellationToken) =>
            isFull() ? throw new ObjectStoreException("No space left on device") : store.PutFileAsync(key, path, cancellationToken);

        public Task<byte[]?> GetRangeAsync(ObjectKey key, long offset, int count, CancellationToken cancellationToken) => store.GetRangeAsync(key, offset, count, cancellationToken);

        public Task<bool> DownloadAsync(ObjectKey key, Stream destination, CancellationToken cancellationToken) => store.DownloadAsync(key, destination, cancellationToken);

        public string? LocalPathOf(ObjectKey key) => store.LocalPathOf(key);

        public Task<ObjectInfo?> StatAsync(ObjectKey key, CancellationToken cancellationToken) => store.StatAsync(key, cancellationToken);

        public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) => store.ListAsync(prefix, cancellationToken);

        public Task DeleteAsync(ObjectKey key, CancellationToken cancellationToken) => store.DeleteAsync(key, cancellationToken);
    }
}
