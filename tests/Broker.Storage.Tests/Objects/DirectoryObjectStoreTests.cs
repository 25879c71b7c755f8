using Broker.Storage.Objects;
using Broker.Storage.Objects.Directory;
using Broker.Storage.Tests.Files;
using Microsoft.Extensions.Time.Testing;

namespace Broker.Storage.Tests.Objects;

public sealed class DirectoryObjectStoreTests : ObjectStoreConformance, IDisposable
{
    private readonly ScratchDirectory _directory = new();

    public new void Dispose()
    {
        _directory.Dispose();
        base.Dispose();
    }

    internal override Task<IObjectStore> OpenAsync() => Task.FromResult<IObjectStore>(new DirectoryObjectStore(_directory.Path));

    [Fact]
    public async Task Of_several_that_must_not_replace_one_puts()
    {
        var store = await OpenAsync();
        for (var round = 0; round < 20; round++)
        {
            var key = new ObjectKey($"round-{round}");
            var put = await Task.WhenAll(Enumerable.Range(0, 6).Select(index => store.PutAsync(key, [(byte)index], PutMode.IfAbsent, None)));
            Assert.Equal((byte)Array.IndexOf(put, true), Assert.Single((await store.GetAsync(key, None))!));
            Assert.Single(put, taken => taken);
        }
    }

    [Fact]
    public async Task An_object_lies_where_its_key_says_and_its_file_is_handed_out()
    {
        var store = await OpenAsync();
        await store.PutAsync(new ObjectKey("acme/posts/1.arrow"), [1, 2], PutMode.Replace, None);
        Assert.Equal([_directory.File("acme/posts/1.arrow")], Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories));
        Assert.Equal(_directory.File("acme/posts/1.arrow"), store.LocalPathOf(new ObjectKey("acme/posts/1.arrow")));
    }

    [Fact]
    public async Task A_process_that_is_killed_while_it_puts_leaves_what_was_there_and_nothing_under_a_new_key()
    {
        var (store, taken, free) = (await OpenAsync(), new ObjectKey("a/taken"), new ObjectKey("a/free"));
        await store.PutAsync(taken, [1, 2, 3], PutMode.Replace, None);

        foreach (var key in new[] { taken, free }) await PutProcess.KillHalfWayAsync(_directory.Path, null, key);

        Assert.Equal([1, 2, 3], (await store.GetAsync(taken, None))!);
        Assert.Null(await store.StatAsync(free, None));
        Assert.Equal(["a/taken"], await KeysAsync(store, ""));
        // It did happen: each left what it had written.
        Assert.Equal(2, Directory.GetFiles(_directory.File("a")).Count(path => Path.GetFileName(path).StartsWith('.') && new FileInfo(path).Length > 0));
    }

    [Fact]
    public async Task A_put_that_fails_leaves_no_temporary_file()
    {
        var store = await OpenAsync();
        Directory.CreateDirectory(_directory.File("taken/by/a/folder"));
        await Assert.ThrowsAsync<ObjectStoreException>(() => store.PutAsync(new ObjectKey("taken"), [1], PutMode.Replace, None));
        await File.WriteAllBytesAsync(_directory.File("file"), []);
        await Assert.ThrowsAsync<ObjectStoreException>(() => store.PutAsync(new ObjectKey("file/below"), [1], PutMode.Replace, None));
        Assert.Equal([_directory.File("file")], Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task What_a_kill_left_half_written_is_no_object_and_goes_when_it_is_a_day_old()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        Directory.CreateDirectory(_directory.File("a"));
        await File.WriteAllBytesAsync(_directory.File("a/.0123.tmp"), [1, 2]);
        await new DirectoryObjectStore(_directory.Path, time).PutAsync(new ObjectKey("a/b"), [1], PutMode.Replace, None);
        Assert.True(File.Exists(_directory.File("a/.0123.tmp")));
        Assert.Equal(["a/b"], await KeysAsync(await OpenAsync(), ""));

        time.Advance(TimeSpan.FromHours(25));
        await new DirectoryObjectStore(_directory.Path, time).PutAsync(new ObjectKey("a/b"), [1], PutMode.Replace, None);

        Assert.Equal([_directory.File("a/b")], Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_name_that_would_leave_the_directory_or_hide_in_it_is_no_key()
    {
        foreach (var key in new[] { "", "/a", "a/", "a//b", ".", "..", "a/../b", "../a", ".a", "a/.b", "a b", "a\0", "ä", "a\\b", "a:b", new string('a', 201), new string('a', 801) })
            Assert.Throws<ArgumentException>(() => new ObjectKey(key));
        foreach (var prefix in new[] { "/", "../", "a//", ".a", "a/.", "ä" })
            await Assert.ThrowsAsync<ArgumentException>(async () => await (await OpenAsync()).ListAsync(prefix, None).ToListAsync());
    }
}
