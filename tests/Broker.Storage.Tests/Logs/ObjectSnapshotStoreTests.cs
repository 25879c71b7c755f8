using System.Security.Cryptography;
using Broker.Grains.Logs;
using Broker.Storage.Logs;
using Broker.Storage.Objects.Directory;
using Broker.Storage.Tests.Files;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;

namespace Broker.Storage.Tests.Logs;

public sealed class ObjectSnapshotStoreTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly LogName Log = new("platforms/x/partitions/1");

    private readonly ScratchDirectory _directory = new();
    private readonly ObjectSnapshotStore _store;

    public ObjectSnapshotStoreTests() => _store = new ObjectSnapshotStore(new DirectoryObjectStore(_directory.Path), NullLogger<ObjectSnapshotStore>.Instance);

    private string[] Files => [.. Directory.GetFiles(_directory.File(Log.Value)).Order(StringComparer.Ordinal)];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_log_without_a_snapshot_has_none()
    {
        Assert.Null(await _store.LatestAsync(Log, None));
        await PublishAsync(5, "other", new LogName("platforms/x/partitions/1/deep"));
        await PublishAsync(5, "other", new LogName("platforms/x/partitions/10"));
        Assert.Null(await _store.LatestAsync(Log, None));
    }

    [Fact]
    public async Task The_newest_of_those_published_is_read_back_with_its_position_and_hash()
    {
        await PublishAsync(9, "nine");
        await PublishAsync(10, "ten");

        var latest = (await _store.LatestAsync(Log, None))!;

        Assert.Equal(10, latest.Position);
        Assert.Equal(SHA256.HashData("ten"u8), latest.Hash.ToArray());
        Assert.Equal("ten"u8.ToArray(), latest.Bytes.ToArray());
    }

    [Fact]
    public async Task Two_are_kept()
    {
        foreach (var position in new[] { 9, 10, 11, 100 }) await PublishAsync(position, $"{position}");

        Assert.Equal(["11", "100"], Files.Select(TextOf));
    }

    [Fact]
    public async Task One_position_is_published_once()
    {
        await PublishAsync(9, "nine");
        await PublishAsync(9, "nine");

        Assert.Single(Files);
    }

    [Fact]
    public async Task A_snapshot_of_a_future_that_a_restore_undid_does_not_hide_what_is_published_after()
    {
        foreach (var position in new[] { 5, 900, 1000 }) await PublishAsync(position, $"{position}");

        await PublishAsync(20, "20");

        Assert.Equal(20, (await _store.LatestAsync(Log, None))!.Position);
    }

    [Fact]
    public async Task A_torn_or_altered_snapshot_is_passed_over_for_the_older_one()
    {
        await PublishAsync(9, "an older one");
        await PublishAsync(10, "a newer one");
        var (path, whole) = (Files[1], await File.ReadAllBytesAsync(Files[1]));

        await Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Int[0, 7], Gen.Bool).SampleAsync(
            async (at, bit, isCut) =>
            {
                var damaged = isCut ? whole[..at] : [.. whole];
                if (!isCut) damaged[at] ^= (byte)(1 << bit);
                await File.WriteAllBytesAsync(path, damaged);
                Assert.Equal(9, (await _store.LatestAsync(Log, None))!.Position);
            },
            iter: 300,
            threads: 1);

        await File.WriteAllBytesAsync(path, whole);
        Assert.Equal(10, (await _store.LatestAsync(Log, None))!.Position);
        foreach (var file in Files) await File.WriteAllBytesAsync(file, []);
        Assert.Null(await _store.LatestAsync(Log, None));
    }

    [Theory]
    [InlineData("1.snapshot")]
    [InlineData("9999-00.snapshot")]
    [InlineData("x-0000000000000000000000000000000000000000000000000000000000000000.snapshot")]
    [InlineData("9999999999999999999-zz00000000000000000000000000000000000000000000000000000000000000.snapshot")]
    public async Task A_file_by_another_name_is_no_snapshot(string name)
    {
        await PublishAsync(9, "nine");
        File.Copy(Files[0], Path.Combine(Path.GetDirectoryName(Files[0])!, name));

        Assert.Equal(9, (await _store.LatestAsync(Log, None))!.Position);
    }

    [Fact]
    public async Task What_a_crash_left_half_written_is_never_read()
    {
        await PublishAsync(9, "nine");
        var half = Path.Combine(Path.GetDirectoryName(Files[0])!, ".0000010.tmp");
        File.Copy(Files[0], half);

        Assert.Equal(9, (await _store.LatestAsync(Log, None))!.Position);
        await PublishAsync(11, "eleven");

        Assert.Equal(11, (await _store.LatestAsync(Log, None))!.Position);
    }

    [Fact]
    public async Task A_publication_that_fails_leaves_the_older_snapshots()
    {
        await PublishAsync(9, "nine");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _store.PublishAsync(Log, 10, SHA256.HashData("ten"u8), "ten"u8.ToArray(), new CancellationToken(true)));

        Assert.Equal(["nine"], Files.Select(TextOf));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc")]
    [InlineData("a/../../b")]
    [InlineData("a//b")]
    [InlineData("./a")]
    public async Task A_log_whose_name_would_leave_the_directory_is_refused(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => PublishAsync(1, "one", new LogName(name)));
        await Assert.ThrowsAsync<ArgumentException>(() => _store.LatestAsync(new LogName(name), None));
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    private static string TextOf(string path) => File.ReadAllText(path, System.Text.Encoding.Latin1)[SHA256.HashSizeInBytes..];

    private Task PublishAsync(long position, string text) => PublishAsync(position, text, Log);

    private async Task PublishAsync(long position, string text, LogName log)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        await _store.PublishAsync(log, position, SHA256.HashData(bytes), bytes, None);
    }
}
