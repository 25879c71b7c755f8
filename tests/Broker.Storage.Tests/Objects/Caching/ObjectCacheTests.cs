using System.Security.Cryptography;
using Broker.Storage.Objects;
using Broker.Storage.Objects.Caching;
using Broker.Storage.Objects.Directory;
using Broker.Storage.Sqlite;
using Broker.Storage.Tests.Files;

namespace Broker.Storage.Tests.Objects.Caching;

public sealed class ObjectCacheTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly ScratchDirectory _directory = new();
    private readonly RemoteObjects _remote;

    public ObjectCacheTests() => _remote = new RemoteObjects(new DirectoryObjectStore(_directory.File("remote")));

    private string CacheDirectory => _directory.File("cache");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_copy_is_downloaded_once_for_all_who_want_it_and_stays()
    {
        using var cache = Open(1_000);
        var (key, digest) = await PutAsync("a", 100);
        var gate = new TaskCompletionSource();
        _remote.Downloading = _ => gate.Task;

        var opening = Enumerable.Range(0, 8).Select(_ => cache.OpenAsync(key, digest, None)).ToList();
        gate.SetResult();
        var copies = await Task.WhenAll(opening);

        Assert.All(copies, copy => Assert.Equal(copies[0]!.Path, copy!.Path));
        Assert.Equal(digest, SHA256.HashData(await File.ReadAllBytesAsync(copies[0]!.Path)));
        foreach (var copy in copies) copy!.Dispose();
        using (await cache.OpenAsync(key, digest, None)) Assert.Equal(1, _remote.Downloads);
    }

    [Fact]
    public async Task Beyond_the_bound_those_used_least_recently_go_and_none_that_is_open()
    {
        using var cache = Open(300);
        var objects = new List<(ObjectKey Key, byte[] Digest)>();
        for (var index = 0; index < 5; index++) objects.Add(await PutAsync($"o{index}", 100));

        using var held = (await OpenAsync(cache, objects[0]))!;
        foreach (var index in new[] { 1, 2, 1, 3 }) (await OpenAsync(cache, objects[index]))!.Dispose(); // 2 goes for 3

        Assert.Equal((4, 300), (_remote.Downloads, cache.Bytes));
        (await OpenAsync(cache, objects[1]))!.Dispose();
        Assert.Equal(4, _remote.Downloads);
        (await OpenAsync(cache, objects[2]))!.Dispose();
        Assert.Equal((5, 300), (_remote.Downloads, cache.Bytes));
        Assert.True(File.Exists(held.Path));
        Assert.Equal(300, CopiesIn(CacheDirectory).Sum(path => new FileInfo(path).Length));
    }

    [Fact]
    public async Task Where_all_that_is_here_is_open_there_is_no_room_and_the_message_says_so_until_something_is_closed()
    {
        using var cache = Open(250);
        var (first, second, third) = (await PutAsync("a", 100), await PutAsync("b", 100), await PutAsync("c", 100));
        using var one = await OpenAsync(cache, first);
        var two = await OpenAsync(cache, second);

        Assert.Contains("BytesMax", (await Assert.ThrowsAsync<ObjectStoreException>(() => OpenAsync(cache, third))).Message, StringComparison.Ordinal);
        Assert.Equal(200, cache.Bytes);
        two!.Dispose();
        using var three = await OpenAsync(cache, third);
        Assert.NotNull(three);
    }

    [Fact]
    public async Task What_has_another_digest_is_refused_and_not_kept_and_opens_once_it_is_right()
    {
        using var cache = Open(1_000);
        var (key, digest) = await PutAsync("a", 100);
        var whole = (await _remote.GetAsync(key, None))!;
        foreach (var damaged in new[] { whole[..^1], [.. whole, 0], [.. whole[..^1], (byte)~whole[^1]], [] })
        {
            await _remote.PutAsync(key, damaged, PutMode.Replace, None);
            await Assert.ThrowsAsync<InvalidDataException>(() => cache.OpenAsync(key, digest, None));
            Assert.Equal(0, cache.Bytes);
            Assert.Empty(CopiesIn(CacheDirectory));
        }

        await _remote.PutAsync(key, whole, PutMode.Replace, None);
        using var copy = await cache.OpenAsync(key, digest, None);
        Assert.Equal(100, cache.Bytes);
    }

    [Fact]
    public async Task What_is_absent_is_null_and_what_failed_is_tried_again()
    {
        using var cache = Open(1_000);
        var (key, digest) = await PutAsync("a", 100);
        Assert.Null(await cache.OpenAsync(new ObjectKey("b"), digest, None));

        _remote.Downloading = _ => throw new ObjectStoreException("It is down.");
        await Assert.ThrowsAsync<ObjectStoreException>(() => cache.OpenAsync(key, digest, None));
        _remote.Downloading = _ => Task.CompletedTask;

        using var copy = await cache.OpenAsync(key, digest, None);
        Assert.NotNull(copy);
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_nothing_from_the_others()
    {
        using var cache = Open(1_000);
        using var givenUp = new CancellationTokenSource();
        var (key, digest) = await PutAsync("a", 100);
        var gate = new TaskCompletionSource();
        _remote.Downloading = _ => gate.Task;
        var (impatient, patient) = (cache.OpenAsync(key, digest, givenUp.Token), cache.OpenAsync(key, digest, None));

        await givenUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        gate.SetResult();

        using var copy = await patient;
        Assert.True(File.Exists(copy!.Path));
        Assert.Equal(1, _remote.Downloads);
    }

    [Fact]
    public async Task A_directory_is_emptied_when_it_is_taken_and_is_of_one_process()
    {
        var (key, digest) = await PutAsync("a", 100);
        using (var cache = Open(1_000))
        {
            (await cache.OpenAsync(key, digest, None))!.Dispose();
            Assert.Throws<StoreRefusedException>(() => Open(1_000));
        }

        // A copy that was half written, or altered since.
        await File.WriteAllBytesAsync(CopiesIn(CacheDirectory).Single(), [1]);
        using (var cache = Open(1_000))
        {
            Assert.Empty(CopiesIn(CacheDirectory));
            using var copy = await cache.OpenAsync(key, digest, None);
            Assert.Equal(100, new FileInfo(copy!.Path).Length);
        }

        await File.WriteAllTextAsync(Path.Combine(CacheDirectory, "notes.txt"), "mine");
        Assert.Contains("notes.txt", Assert.Throws<StoreRefusedException>(() => Open(1_000)).Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(CacheDirectory, "notes.txt")));
    }

    [SkippableFact]
    public async Task A_full_disk_is_said_to_be_and_serves_again_when_there_is_room()
    {
        using var disk = new SmallDisk();
        Skip.IfNot(disk.IsMounted, "No right to mount a small file system here.");
        using var cache = new ObjectCache(_remote, disk.Path, new ObjectCacheOptions());
        var (key, digest) = await PutAsync("a", 700_000);
        await File.WriteAllBytesAsync(disk.File("ballast"), new byte[600_000]);

        Assert.Contains("Make room", (await Assert.ThrowsAsync<ObjectStoreException>(() => cache.OpenAsync(key, digest, None))).Message, StringComparison.Ordinal);
        File.Delete(disk.File("ballast"));

        using var copy = await cache.OpenAsync(key, digest, None);
        Assert.Equal(700_000, cache.Bytes);
    }

    private static Task<OpenCopy?> OpenAsync(ObjectCache cache, (ObjectKey Key, byte[] Digest) wanted) => cache.OpenAsync(wanted.Key, wanted.Digest, None);

    private static IEnumerable<string> CopiesIn(string directory) => Directory.GetFiles(directory).Where(path => Path.GetFileName(path) != "cache.lock");

    private ObjectCache Open(long bytesMax) => new(_remote, CacheDirectory, new ObjectCacheOptions { BytesMax = bytesMax });

    private async Task<(ObjectKey Key, byte[] Digest)> PutAsync(string name, int bytes)
    {
        var (key, content) = (new ObjectKey(name), new byte[bytes]);
        new Random(name[^1]).NextBytes(content);
        await _remote.PutAsync(key, content, PutMode.Replace, None);
        return (key, SHA256.HashData(content));
    }
}
