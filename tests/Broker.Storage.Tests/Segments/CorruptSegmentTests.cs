using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Grains.Partitions;
using Broker.Grains.Segments;
using Broker.Storage.Imports;
using Broker.Storage.Segments;
using Broker.Storage.Tests.Files;
using static Broker.Storage.Tests.Segments.SegmentFiles;

namespace Broker.Storage.Tests.Segments;

public sealed class CorruptSegmentTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly IReadOnlyList<Row> Rows = InOrder(Enumerable.Range(0, 3).Select(index => new Row(index % 2, new SourceRecord
    {
        Id = $"id-{index}",
        UserId = $"u{index % 2}",
        Kind = RecordKind.Post,
        CreatedAt = DateTimeOffset.UnixEpoch,
        Text = "some text",
    })));

    private readonly ScratchDirectory _directory = new();
    private readonly SegmentStore _store;
    private SegmentInfo _segment = null!;

    public CorruptSegmentTests() => _store = Open(_directory.Path);

    private string RowsPath => SegmentFiles.RowsPath(_directory.Path, _segment);

    private string IdsPath => SegmentFiles.IdsPath(_directory.Path, _segment);

    public async Task InitializeAsync() => _segment = await WriteAsync(_store, Rows, chunkRowsMax: 2);

    public Task DisposeAsync()
    {
        _store.Dispose();
        _directory.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_bit_flipped_at_any_byte_of_the_rows_is_found_and_the_segment_named() => await EachFlipAsync(RowsPath, OpenRowsAsync);

    [Fact]
    public async Task A_bit_flipped_at_any_byte_of_the_ids_is_found_and_the_segment_named() => await EachFlipAsync(IdsPath, OpenIdsAsync);

    [Fact]
    public async Task Rows_cut_off_anywhere_or_missing_are_found_and_the_segment_named() => await EachCutAsync(RowsPath, OpenRowsAsync);

    [Fact]
    public async Task Ids_cut_off_anywhere_or_missing_are_found_and_the_segment_named() => await EachCutAsync(IdsPath, OpenIdsAsync);

    [Fact]
    public async Task What_was_broken_opens_once_the_right_file_is_back()
    {
        var whole = await File.ReadAllBytesAsync(RowsPath);
        await File.WriteAllBytesAsync(RowsPath, whole[..^1]);
        await Assert.ThrowsAsync<SegmentCorruptException>(OpenRowsAsync);
        await File.WriteAllBytesAsync(RowsPath, whole);
        await OpenRowsAsync();
    }

    [Fact]
    public async Task A_file_of_another_dataset_is_not_taken_for_one_of_this_even_where_its_digest_is_right()
    {
        var other = SegmentFiles.RowsPath(_directory.Path, _segment, "other");
        Directory.CreateDirectory(Path.GetDirectoryName(other)!);
        File.Copy(RowsPath, other);
        var moved = RefOf(_segment) with { Dataset = "other" };
        await AssertNamedAsync(() => _store.OpenAsync(moved, None));
    }

    [Fact]
    public async Task A_file_that_is_no_segment_is_not_taken_for_one_even_where_its_digest_is_right()
    {
        byte[] nonsense = [.. Enumerable.Repeat((byte)7, 500)];
        await File.WriteAllBytesAsync(RowsPath, nonsense);
        var named = RefOf(_segment) with { Digest = System.Security.Cryptography.SHA256.HashData(nonsense) };
        await AssertNamedAsync(() => _store.OpenAsync(named, None));
    }

    private async Task EachFlipAsync(string path, Func<Task> open)
    {
        var whole = await File.ReadAllBytesAsync(path);
        for (var at = 0; at < whole.Length; at++)
        {
            whole[at] ^= (byte)(1 << (at % 8));
            await File.WriteAllBytesAsync(path, whole);
            whole[at] ^= (byte)(1 << (at % 8));
            await AssertNamedAsync(open);
        }
    }

    private async Task EachCutAsync(string path, Func<Task> open)
    {
        var whole = await File.ReadAllBytesAsync(path);
        for (var length = 0; length < whole.Length; length++)
        {
            await File.WriteAllBytesAsync(path, whole[..length]);
            await AssertNamedAsync(open);
        }

        File.Delete(path);
        await AssertNamedAsync(open);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        await AssertNamedAsync(open);
    }

    private async Task AssertNamedAsync(Func<Task> open) =>
        Assert.Contains(_segment.Id, (await Assert.ThrowsAsync<SegmentCorruptException>(open)).Message, StringComparison.Ordinal);

    private Task OpenRowsAsync() => _store.OpenAsync(RefOf(_segment), None);

    private async Task OpenIdsAsync()
    {
        var partitions = new OneManifest(new PartitionManifest(1, [new ManifestSegment(_segment, 1, [], [], [])]));
        using var held = await HeldRecords.OpenAsync(partitions, _store, Platform, Dataset, 1, None);
    }

    /// <summary>One partition whose manifest is given.</summary>
    private sealed class OneManifest(PartitionManifest manifest) : IImportPartitions
    {
        public Task<PartitionManifest> GetManifestAsync(int partition, string dataset) => Task.FromResult(manifest);

        public Task<int[]> EnsureUsersAsync(int partition, IReadOnlyList<string> userIds) => throw new NotSupportedException();

        public Task<int> UserCountAsync(int partition) => throw new NotSupportedException();

        public Task<Broker.Domain.Refusal?> CommitAsync(int partition, ImportCommit commit) => throw new NotSupportedException();
    }
}
