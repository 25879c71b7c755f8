using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using Broker.Storage.Objects;
using Broker.Storage.Objects.S3;
using Broker.TestKit.S3;

namespace Broker.Storage.Tests.Objects;

/// <summary>One server for all tests of a class; each test has a prefix of its own.</summary>
public sealed class S3Fixture : IAsyncLifetime
{
    private readonly List<S3ObjectStore> _stores = [];
    private S3Server? _server;
    private int _stored;

    /// <summary>The server; skips the test where none can be had.</summary>
    public S3Server Server
    {
        get
        {
            Skip.If(_server is null, S3Server.WhyAbsent);
            return _server!;
        }
    }

    public async Task InitializeAsync()
    {
        if (S3Server.WhyAbsent is null) _server = await S3Server.StartAsync();
    }

    public S3ObjectStore Open(Uri? address = null, Action<S3Options>? change = null)
    {
        var options = Server.OptionsFor($"test-{Interlocked.Increment(ref _stored)}", address);
        change?.Invoke(options);
        var store = new S3ObjectStore(options, S3Server.Credentials);
        _stores.Add(store);
        return store;
    }

    public async Task DisposeAsync()
    {
        _stores.ForEach(store => store.Dispose());
        if (_server is not null) await _server.DisposeAsync();
    }
}

public sealed class S3ObjectStoreTests(S3Fixture fixture) : ObjectStoreConformance, IClassFixture<S3Fixture>
{
    private static readonly ObjectKey Key = new("a/b");

    internal override Task<IObjectStore> OpenAsync() => Task.FromResult<IObjectStore>(fixture.Open());

    [SkippableFact]
    public async Task A_download_that_breaks_off_goes_on_from_there()
    {
        await using var link = new BreakableLink(fixture.Server.Address);
        var (store, content) = (fixture.Open(link.Address), Content(3 << 20));
        await store.PutAsync(Key, content, PutMode.Replace, None);

        link.Cut(LinkDirection.Answers, everyBytes: 700_000, times: 3);

        Assert.Equal(SHA256.HashData(content), SHA256.HashData((await store.GetAsync(Key, None))!));
        Assert.Equal(3, link.Faults);
    }

    [SkippableFact]
    public async Task A_download_that_always_breaks_off_is_an_error_and_never_a_short_object()
    {
        await using var link = new BreakableLink(fixture.Server.Address);
        var (store, content) = (fixture.Open(link.Address, options => options.Retries = 1), Content(100_000));
        await store.PutAsync(Key, content, PutMode.Replace, None);

        using var downloaded = new MemoryStream();
        link.Break(LinkDirection.Answers, afterBytes: 20_000);

        await Assert.ThrowsAsync<ObjectStoreException>(() => store.DownloadAsync(Key, downloaded, None));
        Assert.True(link.Faults > 1);
        Assert.InRange(downloaded.Length, 1, 20_000);
    }

    [SkippableFact]
    public async Task An_upload_that_breaks_off_is_sent_again_and_is_whole()
    {
        await using var link = new BreakableLink(fixture.Server.Address);
        var (store, content) = (fixture.Open(link.Address), Content(12 << 20));
        link.Cut(LinkDirection.Requests, everyBytes: 2 << 20, times: 2);

        await store.PutAsync(Key, content, PutMode.Replace, None);

        Assert.Equal(2, link.Faults);
        Assert.Equal(SHA256.HashData(content), SHA256.HashData((await store.GetAsync(Key, None))!));
    }

    [SkippableFact]
    public async Task An_upload_that_always_breaks_off_is_an_error_and_leaves_nothing_not_even_its_parts()
    {
        await using var link = new BreakableLink(fixture.Server.Address);
        var store = fixture.Open(link.Address, options => options.Retries = 0);
        link.Cut(LinkDirection.Requests, everyBytes: 6 << 20, times: 1); // in the second part

        await Assert.ThrowsAsync<ObjectStoreException>(() => store.PutAsync(Key, Content(12 << 20), PutMode.Replace, None));

        Assert.Equal(1, link.Faults);
        Assert.Null(await store.StatAsync(Key, None));
        Assert.Empty(Directory.GetFileSystemEntries(fixture.Server.UploadsDirectory)); // tests of a class run one after another
    }

    [SkippableFact]
    public async Task A_process_that_is_killed_while_it_puts_leaves_what_was_there_and_nothing_under_a_new_key()
    {
        var store = fixture.Open(change: options => options.Prefix = "killed");
        var (taken, free) = (new ObjectKey("a/taken"), new ObjectKey("a/free"));
        await store.PutAsync(taken, [1, 2, 3], PutMode.Replace, None);

        foreach (var key in new[] { taken, free }) await PutProcess.KillHalfWayAsync("killed", fixture.Server.Address, key);

        Assert.Equal([1, 2, 3], (await store.GetAsync(taken, None))!);
        Assert.Null(await store.StatAsync(free, None));
        Assert.Equal(["a/taken"], await KeysAsync(store, ""));
        // It did happen: each left the first part of an upload that nobody sees, which a bucket's lifecycle rule takes away.
        Assert.Equal(2, Directory.GetFiles(fixture.Server.UploadsDirectory, "1", SearchOption.AllDirectories).Length);
        Directory.Delete(fixture.Server.UploadsDirectory, recursive: true);
    }

    [SkippableFact]
    public async Task A_server_that_falls_silent_is_given_up()
    {
        await using var link = new BreakableLink(fixture.Server.Address);
        var store = fixture.Open(link.Address, options => (options.Retries, options.RequestSeconds) = (0, 2));
        await fixture.Open(change: options => options.Prefix = "silent").PutAsync(Key, Content(200_000), PutMode.Replace, None);
        var silent = fixture.Open(link.Address, options => (options.Prefix, options.Retries, options.RequestSeconds) = ("silent", 0, 2));

        link.Silence(LinkDirection.Answers, afterBytes: 100_000);
        await Assert.ThrowsAsync<ObjectStoreException>(() => silent.GetAsync(Key, None));
        link.Silence(LinkDirection.Answers, afterBytes: 0);
        await Assert.ThrowsAsync<ObjectStoreException>(() => store.StatAsync(Key, None));
        await Assert.ThrowsAsync<ObjectStoreException>(() => store.PutAsync(Key, [1], PutMode.Replace, None));
    }

    [SkippableFact]
    public async Task A_server_that_died_is_an_error_and_serves_what_it_had_when_it_is_back()
    {
        Skip.If(S3Server.WhyAbsent is not null, S3Server.WhyAbsent);
        await using var server = await S3Server.StartAsync();
        using (var store = new S3ObjectStore(server.OptionsFor(), S3Server.Credentials)) await store.PutAsync(Key, [1, 2], PutMode.Replace, None);
        await server.KillAsync();
        var options = server.OptionsFor();
        options.Retries = 0;
        using (var store = new S3ObjectStore(options, S3Server.Credentials))
        {
            foreach (var attempt in new Func<Task>[] { () => store.GetAsync(Key, None), () => store.PutAsync(Key, [3], PutMode.Replace, None), () => store.DeleteAsync(Key, None), async () => await store.ListAsync("", None).ToListAsync() })
                Assert.Contains("is it up?", (await Assert.ThrowsAsync<ObjectStoreException>(attempt)).Message, StringComparison.Ordinal);
        }

        await server.RestartAsync();
        using var again = new S3ObjectStore(server.OptionsFor(), S3Server.Credentials);
        Assert.Equal([1, 2], (await again.GetAsync(Key, None))!);
    }

    [SkippableFact]
    public async Task Where_the_server_honours_conditions_one_of_several_that_must_not_replace_puts()
    {
        Skip.If(S3Server.WhyAbsent is not null, S3Server.WhyAbsent);
        await using var server = await S3Server.StartAsync(honoursConditions: true);
        using var store = new S3ObjectStore(server.OptionsFor(), S3Server.Credentials);

        var put = await Task.WhenAll(Enumerable.Range(0, 6).Select(index => store.PutAsync(Key, [(byte)index], PutMode.IfAbsent, None)));

        Assert.Single(put, taken => taken);
        Assert.Equal((byte)Array.IndexOf(put, true), Assert.Single((await store.GetAsync(Key, None))!));
    }

    [SkippableFact]
    public async Task Others_objects_in_the_bucket_are_passed_over()
    {
        var options = fixture.Server.OptionsFor("mixed");
        using var client = new AmazonS3Client(S3Server.Credentials, new AmazonS3Config { ServiceURL = options.ServiceUrl, ForcePathStyle = true });
        foreach (var key in new[] { "mixed/a b", "mixed/.hidden", "mixed2/a" })
            await client.PutObjectAsync(new PutObjectRequest { BucketName = options.Bucket, Key = key, ContentBody = "x", UseChunkEncoding = false });
        var store = fixture.Open(change: changed => changed.Prefix = "mixed");
        await store.PutAsync(Key, [1], PutMode.Replace, None);
        Assert.Equal(["a/b"], await KeysAsync(store, ""));
    }

    [Fact]
    public void Options_that_name_no_bucket_or_an_address_that_is_none_are_refused()
    {
        var validator = new S3OptionsValidator();
        Assert.True(validator.Validate(null, new S3Options { Bucket = "bucket" }).Succeeded);
        Assert.True(validator.Validate(null, new S3Options()).Failed);
        Assert.True(validator.Validate(null, new S3Options { Bucket = "bucket", ServiceUrl = "not an address" }).Failed);
        Assert.True(validator.Validate(null, new S3Options { Bucket = "bucket", PartBytes = 1 }).Failed);
    }
}
