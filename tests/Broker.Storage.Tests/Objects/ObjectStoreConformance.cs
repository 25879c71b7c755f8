using System.Security.Cryptography;
using Broker.Storage.Objects;
using Broker.Storage.Tests.Files;
using CsCheck;

namespace Broker.Storage.Tests.Objects;

/// <summary>What every object store does. A new adapter derives this and passes it.</summary>
public abstract class ObjectStoreConformance : IDisposable
{
    protected static readonly CancellationToken None = CancellationToken.None;

    private static readonly CancellationToken Cancelled = new(canceled: true);

    private readonly ScratchDirectory _local = new();

    /// <summary>An empty store.</summary>
    internal abstract Task<IObjectStore> OpenAsync();

    public void Dispose()
    {
        _local.Dispose();
        GC.SuppressFinalize(this);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(70_000)]
    [InlineData(20 << 20)]
    public async Task What_is_put_comes_back_whole_with_its_size(int bytes)
    {
        var (store, key, content) = (await OpenAsync(), new ObjectKey("a/b"), Content(bytes));

        Assert.True(await store.PutAsync(key, content, PutMode.Replace, None));

        Assert.Equal(SHA256.HashData(content), SHA256.HashData((await store.GetAsync(key, None))!));
        Assert.Equal((key, bytes), ((await store.StatAsync(key, None))!.Key, (await store.StatAsync(key, None))!.Bytes));
    }

    [SkippableFact]
    public async Task A_put_takes_its_content_from_where_it_stands_and_leaves_it_open()
    {
        var store = await OpenAsync();
        using var content = new MemoryStream([1, 2, 3, 4, 5]) { Position = 2 };

        await store.PutAsync(new ObjectKey("a"), content, PutMode.Replace, None);

        Assert.Equal([3, 4, 5], (await store.GetAsync(new ObjectKey("a"), None))!);
        Assert.True(content.CanRead);
    }

    [SkippableTheory]
    [InlineData(100)]
    [InlineData(12 << 20)]
    public async Task A_file_that_is_put_becomes_the_object_and_is_gone(int bytes)
    {
        var (store, key, content, path) = (await OpenAsync(), new ObjectKey("segments/x"), Content(bytes), _local.File("spooled"));
        await store.PutAsync(key, [1], PutMode.Replace, None);
        await File.WriteAllBytesAsync(path, content);

        await store.PutFileAsync(key, path, None);

        Assert.Equal(SHA256.HashData(content), SHA256.HashData((await store.GetAsync(key, None))!));
        Assert.False(File.Exists(path));
    }

    [SkippableFact]
    public async Task What_is_absent_is_said_to_be_and_no_error()
    {
        var store = await OpenAsync();
        await store.PutAsync(new ObjectKey("a/b"), [1], PutMode.Replace, None);
        foreach (var key in new[] { new ObjectKey("b"), new ObjectKey("a/c"), new ObjectKey("a/b-"), new ObjectKey("a/b/c/d"[..3] + "x") })
        {
            using var nothing = new MemoryStream();
            Assert.Null(await store.StatAsync(key, None));
            Assert.Null(await store.GetRangeAsync(key, 0, 10, None));
            Assert.False(await store.DownloadAsync(key, nothing, None));
            Assert.Equal(0, nothing.Length);
            await store.DeleteAsync(key, None);
        }

        Assert.Empty(await KeysAsync(store, "c"));
        Assert.Empty(await KeysAsync(store, "no/such/folder/"));
    }

    [SkippableFact]
    public async Task What_is_deleted_is_absent_and_may_be_put_again()
    {
        var (store, key) = (await OpenAsync(), new ObjectKey("a/b"));
        await store.PutAsync(key, [1], PutMode.Replace, None);
        await store.DeleteAsync(key, None);
        Assert.Null(await store.GetAsync(key, None));
        Assert.Empty(await KeysAsync(store, ""));

        await store.PutAsync(key, [2], PutMode.IfAbsent, None);

        Assert.Equal([2], (await store.GetAsync(key, None))!);
    }

    [SkippableFact]
    public async Task A_put_replaces_or_where_it_must_not_leaves_what_is_there()
    {
        var (store, key) = (await OpenAsync(), new ObjectKey("a/b"));
        Assert.True(await store.PutAsync(key, [1, 1, 1], PutMode.IfAbsent, None));
        Assert.False(await store.PutAsync(key, [2], PutMode.IfAbsent, None));
        Assert.Equal([1, 1, 1], (await store.GetAsync(key, None))!);
        Assert.True(await store.PutAsync(key, [3], PutMode.Replace, None));
        Assert.Equal([3], (await store.GetAsync(key, None))!);
    }

    [SkippableFact]
    public async Task Any_range_is_those_bytes_as_far_as_they_are_there()
    {
        var (store, key, content) = (await OpenAsync(), new ObjectKey("ranged"), Content(100));
        await store.PutAsync(key, content, PutMode.Replace, None);

        await Gen.Select(Gen.Int[0, 130], Gen.Int[0, 130]).SampleAsync(
            async (offset, count) => Assert.Equal(content.Skip(offset).Take(count), await store.GetRangeAsync(key, offset, count, None)),
            iter: 60, threads: 1);
        Assert.Equal(content[^1..], await store.GetRangeAsync(key, 99, int.MaxValue, None));
    }

    [SkippableFact]
    public async Task Unusual_keys_are_keys_of_their_own()
    {
        var store = await OpenAsync();
        string[] keys = ["a", "A", "a.tmp", "a.b", "a-b", "a_b", "0", "a..b", "Z/-/_/0", "con/nul", "x/" + new string('y', ObjectKey.NameLengthMax), string.Join('/', Enumerable.Repeat("deep", 30)), "b/a.json", "b/a", "b/a.object"];
        foreach (var key in keys) await store.PutAsync(new ObjectKey(key), System.Text.Encoding.UTF8.GetBytes(key), PutMode.IfAbsent, None);

        foreach (var key in keys) Assert.Equal(key, System.Text.Encoding.UTF8.GetString((await store.GetAsync(new ObjectKey(key), None))!));
        Assert.Equal(keys.Order(StringComparer.Ordinal), await KeysAsync(store, ""));
    }

    [SkippableFact]
    public async Task A_listing_is_of_what_begins_with_the_prefix_in_ordinal_order()
    {
        var store = await OpenAsync();
        string[] keys = ["a", "b/c", "b/c-d", "b/c.d", "b/cc/d", "b/cc-", "b/cc0", "b/d", "b-c", "b.c", "b0", "B/c", "bb/c"];
        foreach (var key in keys) await store.PutAsync(new ObjectKey(key), new byte[key.Length], PutMode.Replace, None);

        foreach (var prefix in new[] { "", "a", "b", "b/", "b/c", "b/cc", "b/cc/", "b/cc/d", "B", "c", "b/x/" })
        {
            var listed = await store.ListAsync(prefix, None).ToListAsync();
            Assert.Equal(keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal), listed.Select(info => info.Key.Value));
            Assert.All(listed, info => Assert.Equal(info.Key.Value.Length, info.Bytes));
        }
    }

    [SkippableFact]
    public async Task More_keys_than_a_page_holds_are_all_listed_once()
    {
        const int Count = 1_050;
        var store = await OpenAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (index, token) =>
            await store.PutAsync(new ObjectKey($"many/{index % 7}/{index}"), [], PutMode.Replace, token));
        await store.PutAsync(new ObjectKey("other"), [], PutMode.Replace, None);

        Assert.Equal(Enumerable.Range(0, Count).Select(index => $"many/{index % 7}/{index}").Order(StringComparer.Ordinal), await KeysAsync(store, "many/"));
    }

    [SkippableFact]
    public async Task Of_several_that_put_one_key_at_once_one_is_there_whole()
    {
        var (store, key) = (await OpenAsync(), new ObjectKey("one/key"));
        var contents = Enumerable.Range(1, 6).Select(index => Enumerable.Repeat((byte)index, 200_000).ToArray()).ToList();

        await Task.WhenAll(contents.Select(content => store.PutAsync(key, content, PutMode.Replace, None)));

        var left = (await store.GetAsync(key, None))!;
        Assert.Contains(contents, content => content.SequenceEqual(left));
        Assert.Equal(["one/key"], await KeysAsync(store, ""));
    }

    [SkippableFact]
    public async Task A_call_that_is_given_up_before_it_began_does_nothing()
    {
        var (store, key, path) = (await OpenAsync(), new ObjectKey("a"), _local.File("spooled"));
        await store.PutAsync(key, [1], PutMode.Replace, None);
        await File.WriteAllBytesAsync(path, Content(6 << 20));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.PutAsync(key, [2], PutMode.Replace, Cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.PutFileAsync(key, path, Cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.GetAsync(key, Cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ListAsync("", Cancelled).ToListAsync());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.DeleteAsync(key, Cancelled));

        Assert.Equal([1], (await store.GetAsync(key, None))!);
        Assert.True(File.Exists(path));
    }

    [SkippableFact]
    public async Task A_put_that_is_given_up_or_whose_content_breaks_half_way_leaves_what_was_there()
    {
        var (store, key) = (await OpenAsync(), new ObjectKey("a/b"));
        await store.PutAsync(key, [1], PutMode.Replace, None);
        using var givenUp = new CancellationTokenSource();
        using var content = new StoppingContent(12 << 20, stopAt: 8 << 20, givenUp.Cancel);
        using var broken = new StoppingContent(12 << 20, stopAt: 8 << 20, () => throw new IOException("The spool is gone."));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.PutAsync(key, content, PutMode.Replace, givenUp.Token));
        await Assert.ThrowsAsync<ObjectStoreException>(() => store.PutAsync(key, broken, PutMode.Replace, None));

        Assert.Equal([1], (await store.GetAsync(key, None))!);
        Assert.Equal(["a/b"], await KeysAsync(store, ""));
    }

    [SkippableFact]
    public async Task A_part_of_a_store_is_a_store_and_shows_nothing_else()
    {
        var store = await OpenAsync();
        var (part, other) = (store.Below("part"), store.Below("part-2"));
        await part.PutAsync(new ObjectKey("a/b"), [1], PutMode.Replace, None);
        await other.PutAsync(new ObjectKey("c"), [2], PutMode.Replace, None);

        Assert.Equal(["a/b"], await KeysAsync(part, ""));
        Assert.Equal(["part-2/c", "part/a/b"], await KeysAsync(store, ""));
        Assert.Equal([1], (await part.GetAsync(new ObjectKey("a/b"), None))!);
        Assert.Equal("a/b", (await part.StatAsync(new ObjectKey("a/b"), None))!.Key.Value);
        Assert.Null(await part.StatAsync(new ObjectKey("c"), None));
        await part.DeleteAsync(new ObjectKey("a/b"), None);
        Assert.Equal(["part-2/c"], await KeysAsync(store, ""));
    }

    protected static byte[] Content(int bytes)
    {
        var content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        return content;
    }

    internal static async Task<IReadOnlyList<string>> KeysAsync(IObjectStore store, string prefix) =>
        await store.ListAsync(prefix, None).Select(info => info.Key.Value).ToListAsync();
}
