using System.Runtime.CompilerServices;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;
using Broker.Grains.Segments;
using Broker.Grains.Tokens;
using Broker.Storage.Objects;
using Broker.Storage.Objects.Caching;
using Broker.Storage.Objects.Directory;
using Broker.Storage.Segments;
using Broker.Storage.Tests.Files;
using Broker.Storage.Tests.Objects;
using Broker.Storage.Tokens;
using Microsoft.Extensions.Options;
using static Broker.Storage.Tests.Segments.SegmentFiles;

namespace Broker.Storage.Tests.Segments;

public sealed class RemoteSegmentTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly ScratchDirectory _directory = new();
    private readonly RemoteObjects _remote;

    public RemoteSegmentTests() => _remote = new RemoteObjects(new DirectoryObjectStore(_directory.File("remote")));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_segment_is_mapped_over_one_local_copy_and_shared()
    {
        using var cache = Cache(1 << 20);
        using var store = new SegmentStore(_remote, cache);
        var info = await WriteAsync(store, Rows(1));

        var opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => store.OpenAsync(RefOf(info), None)));

        Assert.All(opened, content => Assert.Same(opened[0], content));
        Assert.Equal("some text 1", System.Text.Encoding.UTF8.GetString(opened[0].FieldAt(RecordFields.Text, 0)));
        using (var ids = await store.OpenIdsAsync(Platform, info, None)) Assert.Equal(opened[0].Count, ids.Count);
        Assert.Equal(2, _remote.Downloads);
    }

    [Fact]
    public async Task Counts_of_tokens_are_counted_once_and_mapped_over_a_local_copy_that_is_checked()
    {
        using var cache = Cache(1 << 20);
        using var store = new SegmentStore(_remote, cache);
        var info = await WriteAsync(store, Rows(1));
        using var counter = new TokenCounter(store, Options.Create(new TokenOptions()), TimeProvider.System, _directory.File("tmp"));

        var counted = await counter.CountAsync(RefOf(info), Tokenizers.O200k, None);
        var counts = await counter.OpenAsync(RefOf(info), counted.Tokens, None);
        Assert.Equal(counted.Total, counts.Of(0, info.Rows, FieldPolicy.Everything));
        Assert.True(counted.Total > 0);

        var other = counted.Tokens with { Digest = [.. new byte[32]] };
        await Assert.ThrowsAsync<SegmentCorruptException>(() => counter.OpenAsync(RefOf(info), other, None));
        await Assert.ThrowsAsync<SegmentCorruptException>(() => counter.OpenAsync(RefOf(info), counted.Tokens with { Tokenizer = Tokenizers.Cl100k, Digest = [.. new byte[32]] }, None));
    }

    [Fact]
    public async Task Segments_that_nobody_refers_to_give_their_room_to_others_and_those_that_somebody_does_stay()
    {
        var infos = new List<SegmentInfo>();
        using (var writing = Open(_directory.File("remote")))
            for (var number = 0; number < 6; number++) infos.Add(await WriteAsync(writing, Rows(number)));
        using var cache = Cache(infos.Max(info => info.Bytes) * 5 / 2); // two at once
        using var store = new SegmentStore(_remote, cache);
        var held = await store.OpenAsync(RefOf(infos[0]), None);

        foreach (var info in infos.Skip(1)) await OpenAndDropAsync(store, info);

        Assert.Equal(infos.Count, _remote.Downloads);
        Assert.Equal("some text 0", held.IdAt(0) is "id-0" ? System.Text.Encoding.UTF8.GetString(held.FieldAt(RecordFields.Text, 0)) : "");
        Assert.Same(held, await store.OpenAsync(RefOf(infos[0]), None));
        var second = await store.OpenAsync(RefOf(infos[1]), None);
        await Assert.ThrowsAsync<SegmentUnavailableException>(() => store.OpenAsync(RefOf(infos[2]), None));
        Assert.Equal(("id-0", "id-1"), (held.IdAt(0), second.IdAt(0)));
    }

    [Fact]
    public async Task An_object_that_is_missing_or_short_is_a_broken_segment_and_a_store_that_does_not_answer_is_none()
    {
        using var cache = Cache(1 << 20);
        using var store = new SegmentStore(_remote, cache);
        var info = await WriteAsync(store, Rows(1));
        var key = SegmentKeys.RowsOf(Platform, Dataset, info.Id);
        var whole = (await _remote.GetAsync(key, None))!;

        _remote.Downloading = _ => throw new ObjectStoreException("It is down.");
        await Assert.ThrowsAsync<SegmentUnavailableException>(() => store.OpenAsync(RefOf(info), None));
        await Assert.ThrowsAsync<SegmentUnavailableException>(() => store.OpenIdsAsync(Platform, info, None));
        _remote.Downloading = _ => Task.CompletedTask;
        await _remote.PutAsync(key, whole[..^1], PutMode.Replace, None);
        await Assert.ThrowsAsync<SegmentCorruptException>(() => store.OpenAsync(RefOf(info), None));
        await _remote.DeleteAsync(key, None);
        await Assert.ThrowsAsync<SegmentCorruptException>(() => store.OpenAsync(RefOf(info), None));
        await _remote.PutAsync(key, whole, PutMode.Replace, None);
        Assert.Equal(1, (await store.OpenAsync(RefOf(info), None)).Count);
    }

    [Fact]
    public async Task What_an_older_release_wrote_into_its_directory_opens_where_it_lies()
    {
        var written = Spool(_directory.File("spool"), Rows(1));
        var older = written.Info with { Id = "0003-1-17-0-0123456789abcdef" };
        Directory.CreateDirectory(_directory.File("objects/acme/posts"));
        File.Copy(written.RowsFile, _directory.File($"objects/acme/posts/{older.Id}.arrow"));
        File.Copy(written.IdsFile, _directory.File($"objects/acme/posts/{older.Id}.ids"));
        using var store = Open(_directory.File("objects"));

        Assert.Equal("id-1", (await store.OpenAsync(RefOf(older), None)).IdAt(0));
        using var ids = await store.OpenIdsAsync(Platform, older, None);
        Assert.Equal(1, ids.Count);
    }

    [Fact]
    public void Objects_that_are_no_files_need_a_cache() => Assert.Throws<ArgumentException>(() => new SegmentStore(_remote));

    // What a method refers to may live until it ends.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task OpenAndDropAsync(SegmentStore store, SegmentInfo info) => Assert.Equal(1, (await store.OpenAsync(RefOf(info), None)).Count);

    private static IReadOnlyList<Row> Rows(int number) => InOrder([new Row(0, new SourceRecord
    {
        Id = $"id-{number}",
        UserId = "u",
        Kind = RecordKind.Post,
        CreatedAt = DateTimeOffset.UnixEpoch,
        Text = $"some text {number}",
    })]);

    private ObjectCache Cache(long bytesMax) => new(_remote, _directory.File("cache"), new ObjectCacheOptions { BytesMax = bytesMax });
}
