using Broker.Domain.Releases;
using Broker.Storage.Segments;
using Broker.Storage.Tests.Files;
using CsCheck;
using static Broker.Storage.Tests.Segments.SegmentFiles;

namespace Broker.Storage.Tests.Segments;

public sealed class SegmentTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public Task Any_records_come_back_with_the_same_fields_in_the_same_order() => Gen.Select(RowGen.Rows, Gen.Int[1, 9]).SampleAsync(async (rows, chunk) =>
    {
        using var directory = new ScratchDirectory();
        using var store = Open(directory.Path);
        var info = await WriteAsync(directory.Path, rows, chunk);
        var content = await store.OpenAsync(RefOf(info), None);

        Assert.Equal((info.Id, Dataset, rows[0].Record.Kind, rows.Count), (content.SegmentId, content.Dataset, content.Kind, content.Count));
        Assert.Equal((rows.Count, new FileInfo(RowsPath(directory.Path, info)).Length), (info.Rows, info.Bytes));
        for (var row = 0; row < rows.Count; row++)
        {
            var expected = rows[row];
            Assert.Equal((expected.User, expected.Key, expected.Key.CreatedAtMs), (content.UserAt(row), content.KeyAt(row), content.CreatedAtMsAt(row)));
            Assert.Equal(row + rows.Skip(row).TakeWhile(next => next.User == expected.User).Count(), content.EndOfUserAt(row));
            Assert.Equal((expected.Record.Id, expected.Record.Language), (content.IdAt(row), content.LanguageAt(row)));
            foreach (var field in EachField) Assert.Equal(expected.Field(field), content.FieldAt(field, row).ToArray());
        }
    }, iter: 100);

    [Fact]
    public Task Bytes_of_any_run_under_any_policy_are_those_that_counting_field_by_field_gives() =>
        Gen.Select(RowGen.Rows, Gen.Int[1, 9], RowGen.Policy.Array[1, 4]).SampleAsync(async (rows, chunk, policies) =>
        {
            using var directory = new ScratchDirectory();
            using var store = Open(directory.Path);
            var content = await store.OpenAsync(RefOf(await WriteAsync(directory.Path, rows, chunk)), None);
            foreach (var policy in policies.Append(FieldPolicy.Everything))
                for (var from = 0; from <= rows.Count; from++)
                    for (var to = from; to <= rows.Count; to++)
                        Assert.Equal(rows.Skip(from).Take(to - from).Sum(row => row.BytesUnder(policy)), content.BytesOf(from, to, policy));
        }, iter: 40);

    [Fact]
    public Task The_companion_finds_each_row_by_the_hash_of_its_id_and_passes_over_what_is_not_there() =>
        Gen.Select(RowGen.Rows, Gen.ULong.Array[0, 20]).SampleAsync(async (rows, others) =>
        {
            using var directory = new ScratchDirectory();
            using var store = Open(directory.Path);
            using var ids = await store.OpenIdsAsync(Platform, await WriteAsync(store, rows), None);
            Assert.Equal(rows.Count, ids.Count);
            var at = 0;
            foreach (var hash in rows.Select(row => row.IdHash).Concat(others).Order())
            {
                at = ids.Seek(at, hash);
                Assert.True(at == ids.Count || ids.HashAt(at) >= hash);
                Assert.True(at == 0 || ids.HashAt(at - 1) < hash || rows[ids.RowAt(at - 1)].IdHash == hash);
                if (at < ids.Count) Assert.Equal(rows[ids.RowAt(at)].IdHash, ids.HashAt(at));
                if (rows.Any(row => row.IdHash == hash)) Assert.Equal(hash, ids.HashAt(at));
            }
        }, iter: 100);

    [Fact]
    public async Task A_row_outside_a_segment_and_two_fields_at_once_are_refused()
    {
        using var directory = new ScratchDirectory();
        using var store = Open(directory.Path);
        var content = await store.OpenAsync(RefOf(await WriteAsync(directory.Path, RowGen.Rows.Single())), None);
        Assert.Throws<ArgumentOutOfRangeException>(() => content.UserAt(content.Count));
        Assert.Throws<ArgumentOutOfRangeException>(() => content.KeyAt(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => content.BytesOf(0, content.Count + 1, FieldPolicy.Everything));
        Assert.Throws<ArgumentOutOfRangeException>(() => content.FieldAt(RecordFields.Title | RecordFields.Text, 0).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => content.FieldAt(RecordFields.None, 0).Length);
    }

    [Fact]
    public async Task A_segment_is_opened_once_and_shared_and_does_not_outlive_its_store()
    {
        using var directory = new ScratchDirectory();
        var store = Open(directory.Path);
        var reference = RefOf(await WriteAsync(directory.Path, RowGen.Rows.Single()));
        var opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => store.OpenAsync(reference, None)));
        Assert.All(opened, content => Assert.Same(opened[0], content));
        Assert.Same(opened[0], await store.OpenRowsAsync(reference, None));
        store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => opened[0].FieldAt(RecordFields.Id, 0).Length);
    }

    [Theory]
    [InlineData("..", Dataset, "id")]
    [InlineData(Platform, "../posts", "id")]
    [InlineData(Platform, Dataset, "/etc/passwd")]
    [InlineData(Platform, "", "id")]
    [InlineData("a/b", Dataset, "id")]
    public void A_name_that_leads_out_of_the_directory_is_no_path(string platform, string dataset, string id) =>
        Assert.Throws<ArgumentException>(() => SegmentKeys.RowsOf(platform, dataset, id));

    [Fact]
    public async Task The_same_rows_are_the_same_file()
    {
        using var directory = new ScratchDirectory();
        var rows = RowGen.Rows.Single();
        var (first, second) = (await WriteAsync(directory.Path, rows), await WriteAsync(directory.Path, rows));
        Assert.Equal((first.Id, first.Bytes), (second.Id, second.Bytes));
        Assert.Equal(first.Digest.ToArray(), second.Digest.ToArray());
        Assert.Equal(first.IdsDigest.ToArray(), second.IdsDigest.ToArray());
        Assert.Equal(2, Directory.GetFiles(directory.Path, "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void A_writer_that_is_given_up_leaves_no_file()
    {
        using var directory = new ScratchDirectory();
        new SegmentWriter(new SegmentPlace(Dataset, 0, Domain.Platforms.RecordKind.Post, 0, 0, "writer"), directory.Path).Dispose();
        Assert.Empty(Directory.GetFiles(directory.Path, "*", SearchOption.AllDirectories));
    }
}
