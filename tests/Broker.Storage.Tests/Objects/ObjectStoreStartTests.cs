using Amazon.Runtime;
using Amazon.S3;
using Broker.Storage.Objects;
using Broker.Storage.Objects.Directory;
using Broker.Storage.Objects.S3;
using Broker.Storage.Sqlite;
using Broker.Storage.Tests.Files;

namespace Broker.Storage.Tests.Objects;

public sealed class ObjectStoreStartTests(S3Fixture fixture) : IClassFixture<S3Fixture>, IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly ScratchDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [SkippableFact]
    public async Task A_store_that_works_passes_and_keeps_nothing_of_the_probe()
    {
        foreach (var store in new IObjectStore[] { new DirectoryObjectStore(_directory.Path), fixture.Open() })
        {
            await ObjectStoreStart.CheckAsync(store, None);
            Assert.Empty(await ObjectStoreConformance.KeysAsync(store, ""));
        }
    }

    [Fact]
    public async Task A_directory_that_cannot_be_written_is_refused_with_what_to_do()
    {
        await File.WriteAllTextAsync(_directory.File("file"), "");
        foreach (var path in new[] { _directory.File("file"), _directory.File("file/below"), "/proc/broker" })
            Assert.Contains(path, await RefusalAsync(new DirectoryObjectStore(path)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_bucket_that_is_not_there_wrong_credentials_and_a_wrong_address_are_refused_with_what_to_do()
    {
        Assert.Contains("Make the bucket", await RefusalAsync(fixture.Open(change: options => options.Bucket = "no-such-bucket")), StringComparison.Ordinal);
        using var wrong = new S3ObjectStore(fixture.Server.OptionsFor(), new BasicAWSCredentials("NOBODY", "wrong"));
        Assert.Contains("AWS_SECRET_ACCESS_KEY", await RefusalAsync(wrong), StringComparison.Ordinal);
        Assert.Contains("Is the address of the service right", await RefusalAsync(fixture.Open(new Uri("http://127.0.0.1:1"), options => options.Retries = 0)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AccessDenied", "s3:PutObject")]
    [InlineData("ExpiredToken", "AWS_ACCESS_KEY_ID")]
    [InlineData("PermanentRedirect", "another region")]
    [InlineData("RequestTimeTooSkewed", "clock")]
    [InlineData("XAmzContentSHA256Mismatch", "ChunkEncoding")]
    public void What_a_service_says_comes_with_what_to_do(string code, string advice) =>
        Assert.Contains(advice, S3Failures.Explain(new AmazonS3Exception("It said no.") { ErrorCode = code }), StringComparison.Ordinal);

    [SkippableFact]
    public async Task A_cluster_finds_its_own_claim_and_nobody_elses_store()
    {
        foreach (var store in new IObjectStore[] { new DirectoryObjectStore(_directory.Path), fixture.Open() })
        {
            Assert.Contains("broker cluster migrate", await RefusalAsync(() => ObjectStoreStart.VerifyClaimAsync(store, "one", None)), StringComparison.Ordinal);
            await ObjectStoreStart.ClaimAsync(store, "one", None);
            await ObjectStoreStart.ClaimAsync(store, "one", None);
            await ObjectStoreStart.VerifyClaimAsync(store, "one", None);
            Assert.Contains("belongs to the cluster one", await RefusalAsync(() => ObjectStoreStart.ClaimAsync(store, "two", None)), StringComparison.Ordinal);
            Assert.Contains("belongs to the cluster one", await RefusalAsync(() => ObjectStoreStart.VerifyClaimAsync(store, "two", None)), StringComparison.Ordinal);
            await ObjectStoreStart.VerifyClaimAsync(store, "one", None);
            await Assert.ThrowsAsync<ArgumentException>(() => ObjectStoreStart.ClaimAsync(store, "a/b", None));
        }
    }

    [SkippableFact]
    public async Task Of_clusters_that_claim_at_once_no_two_get_it()
    {
        foreach (var parent in new IObjectStore[] { new DirectoryObjectStore(_directory.Path), fixture.Open() })
        {
            for (var round = 0; round < 5; round++)
            {
                var store = parent.Below($"round-{round}");
                var claims = await Task.WhenAll(Enumerable.Range(0, 3).Select(async index =>
                    await Record.ExceptionAsync(() => ObjectStoreStart.ClaimAsync(store, $"cluster-{index}", None))));
                Assert.True(claims.Count(refused => refused is null) <= 1);
                Assert.All(claims, refused => Assert.True(refused is null or StoreRefusedException));
            }
        }
    }

    private static Task<string> RefusalAsync(IObjectStore store) => RefusalAsync(() => ObjectStoreStart.CheckAsync(store, None));

    private static async Task<string> RefusalAsync(Func<Task> attempt) => (await Assert.ThrowsAsync<StoreRefusedException>(attempt)).Message;
}
