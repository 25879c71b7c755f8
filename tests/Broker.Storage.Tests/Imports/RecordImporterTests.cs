using Broker.Domain;
using Broker.Domain.Platforms;
using Broker.Grains.Imports;
using Broker.Grains.Partitions;
using Broker.Storage.Objects.Caching;
using Broker.Storage.Segments;
using Broker.Storage.Tests.Files;
using Broker.Storage.Tests.Objects;
using static Broker.Storage.Tests.Imports.ImportWorld;

namespace Broker.Storage.Tests.Imports;

public sealed class RecordImporterTests : IDisposable
{
    private readonly ImportWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task A_stream_that_throws_keeps_nothing_of_the_import()
    {
        await _world.ImportAsync(Post("1", "ann"));
        var (files, commits, users) = (_world.Files, _world.Partitions.Commits, _world.Partitions.UserCount);
        await Assert.ThrowsAsync<InvalidDataException>(() => _world.ImportAsync(Broken(), isComplete: true));
        Assert.Equal(files, _world.Files);
        Assert.Equal((commits, users), (_world.Partitions.Commits, _world.Partitions.UserCount));
        Assert.Equal(["1"], _world.Live.Keys);

        static async IAsyncEnumerable<SourceItem> Broken()
        {
            for (var index = 0; index < 100; index++) yield return Post($"{index}", $"user-{index}");
            await Task.Yield();
            throw new InvalidDataException("cut off");
        }
    }

    [Fact]
    public async Task What_lies_in_very_many_segments_is_found_in_each_of_them()
    {
        const int Imports = 37; // no multiple of the segments that are looked at together
        var all = new List<SourceItem>();
        for (var import = 0; import < Imports; import++)
        {
            SourceItem[] items = [.. Enumerable.Range(0, 8).Select(record => Post($"{import}-{record}", "ann"))];
            await _world.ImportAsync(items);
            all.AddRange(items);
        }

        var report = await _world.ImportAsync([.. all, Post("new", "ann")]);
        Assert.Equal((all.Count, 1, all.Count + 1), (report.Unchanged, report.Added, _world.Live.Count));
    }

    [Fact]
    public async Task An_import_that_is_given_up_before_its_first_commit_keeps_nothing()
    {
        using var stop = new CancellationTokenSource();
        _world.Partitions.Asked = stop.Cancel;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ImportAsync(Many(20), stop.Token));
        Assert.Equal((0, 0), (_world.Partitions.Commits, _world.Files.Count));
    }

    [Fact]
    public async Task An_import_that_is_given_up_after_its_first_commit_is_completed_all_the_same()
    {
        using var stop = new CancellationTokenSource();
        _world.Partitions.AfterCommit = (_, _) => stop.Cancel();
        var report = await ImportAsync(Many(20), stop.Token);
        Assert.Equal((20, 20), (report.Added, _world.Live.Count));
    }

    [Fact]
    public async Task What_another_import_changes_between_preparing_and_committing_makes_this_one_prepare_again()
    {
        await _world.ImportAsync(Post("1", "ann", "old"), Post("2", "ben"));
        Interrupt(() => _world.ImportAsync([Post("other", "ann")], isComplete: false, dataset: "another"));
        var report = await _world.ImportAsync(Post("1", "ann", "new"), Post("3", "ann"), Post("2", "ben"), Post("2", "ben", "superseded"), Post("2", "ben"));
        Assert.Equal((5, 1, 1, 1, 0), (report.Read, report.Added, report.Replaced, report.Unchanged, report.Removed));
        Assert.Equal(2, report.Refused[ImportRefusal.Superseded]);
        Assert.Equal(["1", "2", "3"], _world.Live.Keys);
        Assert.Equal("new", _world.Live["1"].Text);
    }

    [Fact]
    public async Task A_part_that_is_committed_is_neither_committed_nor_counted_again_when_another_part_is_prepared_again()
    {
        var commits = new List<int>();
        var committed = -1;
        _world.Partitions.BeforeCommit = async (partition, _) =>
        {
            commits.Add(partition);
            if (commits.Count != 2) return;
            committed = commits[0];
            _world.Partitions.BeforeCommit = (again, _) => Task.FromResult(commits).ContinueWith(list => list.Result.Add(again), TaskScheduler.Default);
            await _world.ImportAsync(Many(7), isComplete: false, dataset: "another");
            commits.Clear();
        };
        var report = await _world.ImportAsync(Many(20), isComplete: false);
        Assert.Equal((20, 20, 0, 7), (report.Read, report.Added, report.Unchanged, report.NewUsers));
        Assert.DoesNotContain(committed, commits); // the others may be tried twice: what they were prepared against has changed
        Assert.NotEmpty(commits);
        Assert.Equal(20, _world.Live.Count);
    }

    [Fact]
    public async Task A_dataset_that_never_rests_makes_an_import_give_up_with_the_refusal()
    {
        _world.Partitions.Refuse = _ => new Refusal(RefusalReason.ManifestChanged, "busy");
        var refused = await Assert.ThrowsAsync<ImportRefusedException>(() => _world.ImportAsync(Post("1", "ann")));
        Assert.Equal(RefusalReason.ManifestChanged, refused.Refusal.Reason);
        _world.Partitions.Refuse = null;
        Assert.Equal(1, (await _world.ImportAsync(Post("1", "ann"))).Added);
    }

    [Fact]
    public async Task A_refusal_of_another_reason_ends_an_import_at_once()
    {
        var asked = 0;
        _world.Partitions.Refuse = _ =>
        {
            asked++;
            return new Refusal(RefusalReason.PartitionMismatch, "not this one");
        };
        await Assert.ThrowsAsync<ImportRefusedException>(() => _world.ImportAsync(Post("1", "ann")));
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task Somebody_who_is_erased_while_an_import_is_under_way_does_not_come_back_with_it()
    {
        await _world.ImportAsync(Post("1", "ann"));
        Interrupt(() => Erase("ann"));
        var report = await _world.ImportAsync(Post("2", "ann", "secret"), Post("2", "ann", "secret"), Post("3", "ben"));
        Assert.Equal((2, 1), (report.Refused[ImportRefusal.ErasedUser], report.Added));
        Assert.Equal(["3"], _world.Live.Keys);
        Assert.DoesNotContain(("2", "ann"), _world.Partitions.EachStored()); // nor on disk
    }

    [Fact]
    public async Task Somebody_who_is_erased_between_a_move_and_what_follows_it_does_not_come_back_either()
    {
        var (from, to, third) = Three();
        await _world.ImportAsync(Post("moving", from), Post("other", third));
        Interrupt(() => Erase(third), after: true);
        var report = await _world.ImportAsync(Post("moving", to), Post("new", third, "secret"));
        Assert.Equal(1, report.Refused[ImportRefusal.ErasedUser]);
        Assert.Equal(["moving"], _world.Live.Keys);
        Assert.DoesNotContain(("new", third), _world.Partitions.EachStored());
    }

    [Fact]
    public async Task A_record_that_its_user_removes_between_a_move_and_what_follows_it_stays_out()
    {
        var (from, to, third) = Three();
        await _world.ImportAsync(Post("moving", from), Post("kept", third));
        Interrupt(() => Remove("kept"), after: true);
        var report = await _world.ImportAsync(Post("moving", to), Post("kept", third), Post("new", third));
        Assert.Equal(1, report.Refused[ImportRefusal.RemovedByRequest]);
        Assert.Equal(["moving", "new"], _world.Live.Keys);
    }

    [Fact]
    public async Task A_record_that_its_user_removed_stays_out_of_the_next_imports_and_enters_changed()
    {
        await _world.ImportAsync(Post("1", "ann", "regretted"), Post("2", "ann"));
        _world.Partitions.Remove("1");
        for (var again = 0; again < 2; again++)
        {
            var report = await _world.ImportAsync([Post("1", "ann", "regretted"), Post("1", "ann", "regretted"), Post("2", "ann")], isComplete: again == 1);
            Assert.Equal((2, 0, 1, 0), (report.Refused[ImportRefusal.RemovedByRequest], report.Added, report.Unchanged, report.Removed));
            Assert.Equal(["2"], _world.Live.Keys);
        }

        Assert.Equal(1, (await _world.ImportAsync(Post("1", "ann", "reworded"))).Added);
        Assert.Equal("reworded", _world.Live["1"].Text);
    }

    [Fact]
    public async Task A_record_that_returns_to_what_its_user_removed_is_removed_and_not_replaced()
    {
        await _world.ImportAsync(Post("1", "ann", "regretted"));
        _world.Partitions.Remove("1");
        await _world.ImportAsync(Post("1", "ann", "reworded"));
        var report = await _world.ImportAsync(Post("1", "ann", "regretted"));
        Assert.Equal((1, 1, 0), (report.Refused[ImportRefusal.RemovedByRequest], report.Removed, report.Replaced));
        Assert.Empty(_world.Live);
    }

    [Fact]
    public async Task A_record_that_was_removed_for_another_cause_comes_back_with_the_file_that_has_it()
    {
        await _world.ImportAsync(Post("1", "ann"), Post("2", "ben"));
        await _world.ImportAsync([Post("2", "ben")], isComplete: true);
        Assert.Equal(1, (await _world.ImportAsync(Post("1", "ann"))).Added);
        Assert.Equal(["1", "2"], _world.Live.Keys);
    }

    [Fact]
    public async Task A_record_that_changes_its_owner_is_removed_in_the_old_partition_before_it_is_added_in_the_new_one()
    {
        var (from, to, _) = Three();
        await _world.ImportAsync(Post("1", from));
        var seen = new List<(bool Removes, bool Adds)>();
        _world.Partitions.BeforeCommit = (_, commit) =>
        {
            seen.Add((commit.Removals.Count > 0, commit.Segments.Count > 0));
            return Task.CompletedTask;
        };
        Assert.Equal(1, (await _world.ImportAsync(Post("1", to))).Replaced);
        Assert.Equal([(true, false), (false, true)], seen);
        Assert.Equal(to, _world.Live["1"].UserId);
    }

    [Fact]
    public async Task A_record_that_goes_to_somebody_who_is_erased_is_removed_and_counted_as_removed()
    {
        var (from, to, _) = Three();
        await _world.ImportAsync(Post("1", from), Post("2", "ann"));
        _world.Partitions.Erase(to);
        var report = await _world.ImportAsync(Post("1", to));
        Assert.Equal((1, 1), (report.Removed, report.Refused[ImportRefusal.ErasedUser]));
        Assert.Equal(["2"], _world.Live.Keys);
    }

    [Fact]
    public async Task Two_imports_of_a_dataset_at_once_both_end_whole()
    {
        var reports = await Task.WhenAll(ImportAsync(Many(30)), ImportAsync(Many(30)));
        Assert.Equal((30, 30), (reports.Sum(report => report.Added), reports.Sum(report => report.Unchanged)));
        Assert.Equal(30, _world.Live.Count);
    }

    [Fact]
    public async Task An_id_that_comes_very_often_is_held_once_and_its_last_record_counts()
    {
        var items = Enumerable.Range(0, 5_000).Select(index => Post("same", "ann", $"version {index / 2}"));
        var report = await _world.ImportAsync(items, isComplete: false);
        Assert.Equal((5_000, 1, 1), (report.Read, report.Added, report.Unchanged));
        Assert.Equal(4_998, report.Refused[ImportRefusal.Superseded]);
        Assert.Equal("version 2499", _world.Live["same"].Text);
    }

    [Fact]
    public async Task Files_that_an_old_crash_left_are_deleted_and_fresh_ones_and_those_that_a_log_names_are_not()
    {
        await _world.ImportAsync(Many(20), isComplete: false);
        var named = _world.Files;
        var directory = Path.GetDirectoryName(named[0])!;
        string[] old = ["0000-1-9-0-0123456789abcdef.arrow", "0000-1-9-0-0123456789abcdef.ids", "0000-1-9-0.tmp", "0000-1-9-0.tmp.ids"];
        string[] fresh = ["0001-1-9-0-0123456789abcdef.arrow", "0001-1-9-0.tmp"];
        foreach (var name in (string[])[.. old, .. fresh]) await File.WriteAllTextAsync(Path.Combine(directory, name), "half");

        // Everything is older than a day but what another import may be writing just now.
        _world.Time.Advance(TimeSpan.FromHours(25));
        foreach (var name in fresh) File.SetLastWriteTimeUtc(Path.Combine(directory, name), _world.Time.GetUtcNow().UtcDateTime.AddHours(-23));
        await _world.ImportAsync(Many(20), isComplete: false);
        Assert.Equal(named.Concat(fresh.Select(name => Path.Combine(directory, name))).Order(StringComparer.Ordinal), _world.Files);
        Assert.Equal(20, _world.Live.Count);
    }

    [Fact]
    public async Task A_segment_that_took_so_long_to_write_that_it_might_be_taken_for_a_crashs_is_written_anew()
    {
        RemoteObjects objects = null!;
        using var directory = new ScratchDirectory();
        using var world = new ImportWorld(partitionCount: 1, open: store => Open(objects = new RemoteObjects(store), directory));
        var puts = 0;
        objects.FilePut = () => world.Time.Advance(TimeSpan.FromHours(puts++ == 0 ? 13 : 0)); // of 24

        await world.ImportAsync([Post("a", "ann", "text")], isComplete: false);

        Assert.Equal(4, puts); // rows and ids, twice
        Assert.Equal((1, 1), (world.Partitions.Commits, world.Partitions.Segments.Count()));
        Assert.Equal("text", world.Live["a"].Text);
        world.Time.Advance(TimeSpan.FromHours(25));
        await world.ImportAsync([Post("b", "bob")], isComplete: false);
        Assert.Equal(["a", "b"], world.Live.Keys);
        Assert.Equal(4, world.Files.Count); // What was not committed is gone.
    }

    [Fact]
    public async Task Two_imports_of_the_same_content_never_write_the_same_object()
    {
        var (first, second) = (new List<string>(), new List<string>());
        foreach (var names in new[] { first, second })
        {
            using var world = new ImportWorld();
            await world.ImportAsync(Many(20), isComplete: false);
            names.AddRange(world.Files.Select(path => Path.GetFileName(path)!));
        }

        Assert.Equal(first.Count, second.Count);
        Assert.Empty(first.Intersect(second));
    }

    [Fact]
    public async Task Imports_go_through_a_store_that_has_no_files()
    {
        using var directory = new ScratchDirectory();
        using var world = new ImportWorld(open: store => Open(new RemoteObjects(store), directory));
        await world.ImportAsync(Many(20), isComplete: false);
        await world.ImportAsync([.. Many(10), Post("new", "ann", "new text")], isComplete: true);
        Assert.Equal(11, world.Live.Count);
        Assert.Equal("new text", world.Live["new"].Text);
    }

    [Fact]
    public async Task A_segment_has_no_more_rows_than_the_options_say_and_is_of_one_kind()
    {
        var likes = Many(10).Select(item => SourceItem.Accept(item.Record! with { Id = "like" + item.Record.Id, Kind = RecordKind.Like, TargetId = "x" }));
        await _world.ImportAsync([.. Many(10), .. likes], isComplete: false);
        Assert.All(_world.Partitions.Segments, segment => Assert.InRange(segment.Rows, 1, 3));
        Assert.Equal(20, _world.Partitions.Segments.Sum(segment => segment.Rows));
        Assert.Equal(20, _world.Live.Count);
    }

    private Task<ImportReport> ImportAsync(IEnumerable<SourceItem> items, CancellationToken cancellationToken = default) =>
        _world.ImportAsync(items, isComplete: false, cancellationToken: cancellationToken);

    private static IEnumerable<SourceItem> Many(int count) => Enumerable.Range(0, count).Select(index => Post($"{index}", $"user-{index % 7}", $"text {index}"));

    /// <summary>Something else happens once, before the next commit or right after it.</summary>
    private void Interrupt(Func<Task> something, bool after = false)
    {
        if (after) _world.Partitions.AfterCommit = (_, _) => Once().GetAwaiter().GetResult();
        else _world.Partitions.BeforeCommit = (_, _) => Once();

        Task Once()
        {
            (_world.Partitions.BeforeCommit, _world.Partitions.AfterCommit) = (null, null);
            return something();
        }
    }

    private Task Erase(string user)
    {
        _world.Partitions.Erase(user);
        return Task.CompletedTask;
    }

    private Task Remove(string id)
    {
        _world.Partitions.Remove(id);
        return Task.CompletedTask;
    }

    /// <summary>Users of two partitions, and a third one of the first's.</summary>
    private static (string From, string To, string Third) Three()
    {
        var users = Enumerable.Range(0, 100).Select(number => $"user-{number}").ToLookup(user => PartitionKeys.IndexOf(user, 4));
        return (users[1].First(), users[2].First(), users[1].Last());
    }

    private static SegmentStore Open(RemoteObjects objects, ScratchDirectory directory) =>
        new(objects, new ObjectCache(objects, directory.File("cache"), new ObjectCacheOptions()));
}
