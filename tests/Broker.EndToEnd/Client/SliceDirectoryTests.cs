using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Broker.Client.Files;
using Broker.Client.Pulls;
using Broker.Client.Recalls;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;
using static Broker.EndToEnd.Client.PullScript;
using Record = Broker.Protos.V1.Record;

namespace Broker.EndToEnd.Client;

public sealed class SliceDirectoryTests : IDisposable
{
    private static readonly SliceId First = new(0, 1, 1);
    private static readonly SliceId Second = new(3, 12, 42);

    private readonly TemporaryDirectory _directory = new();

    private string Root => Path.Combine(_directory.Path, "deal");

    private string Journal => Path.Combine(Root, ".broker", "slices.journal");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_slice_is_a_readable_ndjson_file_with_a_line_for_each_record()
    {
        var like = new Record { Id = "l1", Kind = RecordKind.Like, CreateTimeMs = 0, TargetId = "p9" };
        var post = new Record
        {
            Id = "p1", Author = "ann", Kind = RecordKind.Post, CreateTimeMs = 1_700_000_000_123, Language = "ja", Title = "\"Grüße\"",
            Text = "one\ntwo\u2028日本 <b>", Licence = "CC-BY-SA-4.0", Attribution = "Ann",
        };
        await KeepAsync(SliceFileFormat.Ndjson, SliceOf(Second, post, like));

        Assert.Equal(["p0003-r00012-s000042.ndjson"], Names());
        var text = await File.ReadAllTextAsync(FileOf("p0003-r00012-s000042.ndjson"));
        Assert.Contains("日本 <b>", text);
        var lines = text.Split('\n');
        Assert.Equal(("", 3), (lines[^1], lines.Length));
        var read = JsonSerializer.Deserialize<Dictionary<string, string>>(lines[0])!;
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["id"] = "p1", ["dataset"] = DatasetName, ["kind"] = "post", ["created_at"] = "2023-11-14T22:13:20.123Z", ["author"] = "ann", ["language"] = "ja",
                ["title"] = post.Title, ["text"] = post.Text, ["licence"] = post.Licence, ["attribution"] = "Ann",
            },
            read);
        Assert.Equal(["created_at", "dataset", "id", "kind", "target_id"], JsonSerializer.Deserialize<Dictionary<string, string>>(lines[1])!.Keys.Order());
    }

    [Fact]
    public async Task A_slice_is_an_arrow_file_that_names_its_slice()
    {
        await KeepAsync(SliceFileFormat.Arrow, SliceOf(Second, [.. RecordsOf(Second, 5)]), SliceOf(First));

        await using var file = File.OpenRead(FileOf("p0003-r00012-s000042.arrow"));
        using var reader = new ArrowFileReader(file);
        using var batch = await reader.ReadNextRecordBatchAsync();
        Assert.Equal(Enumerable.Range(0, 5).Select(index => $"3.12.42.{index}"), Enumerable.Range(0, batch.Length).Select(row => ((StringArray)batch.Column("id")).GetString(row)));
        Assert.Equal("words", ((StringArray)batch.Column("text")).GetString(4));
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123), ((TimestampArray)batch.Column("created_at")).GetTimestamp(0));
        Assert.Equal((DealName, "42", "100"), (reader.Schema.Metadata["broker.deal"], reader.Schema.Metadata["broker.slice"], reader.Schema.Metadata["broker.position"]));
        Assert.Equal(0, await RowsAsync(FileOf("p0000-r00001-s000001.arrow")));
    }

    [Theory]
    [InlineData(SliceFileFormat.Ndjson)]
    [InlineData(SliceFileFormat.Arrow)]
    public async Task What_was_kept_is_held_after_opening_again_also_where_its_file_was_moved_away(SliceFileFormat format)
    {
        await KeepAsync(format, SliceOf(First, Post("a")), SliceOf(Second, Post("b")));
        File.Delete(Directory.GetFiles(Root).Order().First());
        using var opened = SliceDirectory.OpenExisting(Root);
        Assert.Equal((DealName, format), (opened.Deal, opened.Format));
        Assert.Equal([First, Second], opened.Held.Order());
        await opened.KeepAsync(SliceOf(First, Post("again")), CancellationToken.None);
        Assert.Single(Names()); // what is held is not written anew
    }

    /// <summary>Goal: killed at any byte, a slice is there whole or not at all, and the next pull makes everything whole, each record once.
    /// Method: every state that a kill can leave (the partial file cut anywhere; the file named and the journal's line cut anywhere).</summary>
    [Theory]
    [InlineData(SliceFileFormat.Ndjson)]
    [InlineData(SliceFileFormat.Arrow)]
    public async Task A_kill_at_any_byte_loses_nothing_and_doubles_nothing(SliceFileFormat format)
    {
        var slices = new[] { SliceOf(First, Post("a"), Post("ü")), SliceOf(Second, Post("c")) };
        await KeepAsync(format, slices);
        var whole = Snapshot();
        var lastName = Names().Last();
        var lastFile = await File.ReadAllBytesAsync(FileOf(lastName));
        var journal = await File.ReadAllBytesAsync(Journal);
        var firstLine = System.Array.IndexOf(journal, (byte)'\n') + 1;

        for (var cut = 0; cut <= lastFile.Length; cut++)
        {
            File.Delete(FileOf(lastName));
            await File.WriteAllBytesAsync(Path.Combine(Root, ".broker", lastName + ".partial"), lastFile[..cut]);
            await File.WriteAllBytesAsync(Journal, journal[..firstLine]);
            await ResumeAsync(expectedHeld: [First]);
        }

        for (var cut = firstLine; cut <= journal.Length; cut++)
        {
            await File.WriteAllBytesAsync(Journal, journal[..cut]);
            await ResumeAsync(expectedHeld: [First, Second]);
        }

        // Before the first slice was whole: also the journal's very first bytes.
        for (var cut = 0; cut < firstLine; cut++)
        {
            File.Delete(FileOf(lastName));
            await File.WriteAllBytesAsync(Journal, journal[..cut]);
            await ResumeAsync(expectedHeld: [First]);
        }

        async Task ResumeAsync(SliceId[] expectedHeld)
        {
            using (var directory = SliceDirectory.Open(Root, DealName, format))
            {
                Assert.Equal(expectedHeld, directory.Held.Order());
                foreach (var slice in slices) await directory.KeepAsync(slice, CancellationToken.None);
            }

            Assert.Equal(whole, Snapshot());
        }
    }

    [Theory]
    [InlineData(SliceFileFormat.Ndjson)]
    [InlineData(SliceFileFormat.Arrow)]
    public async Task What_is_set_aside_lies_where_no_slice_lies_and_another_of_its_name_is_kept(SliceFileFormat format)
    {
        var (old, now) = (new string('a', 32), new string('b', 32));
        await KeepAsync(format, SliceOf(First, Post("old")) with { Release = old }, SliceOf(Second, Post("stays")) with { Release = old });
        var file = Names().First();
        var before = await File.ReadAllBytesAsync(FileOf(file));
        using (var directory = SliceDirectory.OpenExisting(Root))
        {
            await directory.SaveRecallCursorsAsync(new Dictionary<int, int> { [First.Partition] = 7, [Second.Partition] = 8 }, CancellationToken.None);
            await directory.SetAsideAsync([First], CancellationToken.None);
            Assert.Equal([Second], directory.Held);
            await directory.KeepAsync(SliceOf(First, Post("new")) with { Release = now }, CancellationToken.None);
        }

        using var opened = SliceDirectory.OpenExisting(Root);
        Assert.Equal([First, Second], opened.Held.Order());
        Assert.Equal((now, old), (opened.ReleaseOf(First), opened.ReleaseOf(Second)));
        Assert.Equal([$"{DatasetName} new"], await RecordsAsync(file));
        var lost = Assert.Single(Directory.GetFiles(opened.LostDirectory));
        Assert.Equal($"{Path.GetFileNameWithoutExtension(file)}-{old}{Path.GetExtension(file)}", Path.GetFileName(lost));
        Assert.Equal(before, await File.ReadAllBytesAsync(lost));
        Assert.Equal([Second.Partition], opened.RecallCursors.Keys); // numbers of recalls come again too
    }

    [Fact]
    public async Task A_slice_whose_file_was_set_aside_when_the_process_died_is_set_aside_again()
    {
        await KeepAsync(SliceFileFormat.Ndjson, SliceOf(First, Post("old")));
        var journal = await File.ReadAllBytesAsync(Journal);
        using (var directory = SliceDirectory.OpenExisting(Root)) await directory.SetAsideAsync([First], CancellationToken.None);
        await File.WriteAllBytesAsync(Journal, journal);

        using var opened = SliceDirectory.OpenExisting(Root);
        Assert.True(opened.Holds(First));
        await opened.SetAsideAsync([First], CancellationToken.None);

        Assert.Empty(opened.Held);
        Assert.Single(Directory.GetFiles(opened.LostDirectory));
    }

    [Theory]
    [InlineData(SliceFileFormat.Ndjson)]
    [InlineData(SliceFileFormat.Arrow)]
    public async Task While_a_slice_is_written_it_stands_nowhere_as_kept(SliceFileFormat format)
    {
        for (var cut = 0; cut <= 4; cut++)
        {
            using (var directory = SliceDirectory.Open(Root, DealName, format))
            {
                var torn = new ReceivedSlice(First, 0, 1, 100, new(), new TornBatches(cut, () =>
                {
                    Assert.Empty(Names());
                    Assert.Empty(File.ReadAllBytes(Journal));
                }));
                await Assert.ThrowsAsync<IOException>(() => directory.KeepAsync(torn, CancellationToken.None));
                Assert.Empty(directory.Held);
            }

            Assert.Empty(Names());
        }

        await KeepAsync(format, SliceOf(First, Post("a")));
        Assert.Single(Names());
    }

    [Fact]
    public async Task A_torn_line_is_written_over_also_by_a_shorter_one()
    {
        await KeepAsync(SliceFileFormat.Ndjson, SliceOf(Second, Post("a")));
        await File.AppendAllTextAsync(Journal, "1234 56789 1234567 0123");
        await KeepAsync(SliceFileFormat.Ndjson, SliceOf(First, Post("b")));
        Assert.Equal(["3 12 42", "0 1 1"], (await File.ReadAllLinesAsync(Journal)).Select(line => line[..line.LastIndexOf(' ')]));
    }

    [Fact]
    public async Task A_damaged_line_in_the_midst_of_the_journal_is_an_error_and_changes_nothing()
    {
        await KeepAsync(SliceFileFormat.Ndjson, SliceOf(First, Post("a")), SliceOf(Second, Post("b")));
        var journal = await File.ReadAllBytesAsync(Journal);
        for (var index = 0; index < System.Array.IndexOf(journal, (byte)'\n'); index++)
        {
            var damaged = journal.ToArray();
            damaged[index] ^= 1;
            await File.WriteAllBytesAsync(Journal, damaged);
            Assert.Contains("damaged", Assert.Throws<SliceDirectoryException>(() => SliceDirectory.OpenExisting(Root)).Message);
            Assert.Equal(damaged, await File.ReadAllBytesAsync(Journal));
        }
    }

    [Fact]
    public async Task Another_deal_another_format_and_a_strange_directory_are_refused_and_left_alone()
    {
        await KeepAsync(SliceFileFormat.Ndjson, SliceOf(First, Post("a")));
        var before = Snapshot();
        Assert.Contains(DealName, Assert.Throws<SliceDirectoryException>(() => SliceDirectory.Open(Root, DealName + "-2", SliceFileFormat.Ndjson)).Message);
        Assert.Contains("ndjson", Assert.Throws<SliceDirectoryException>(() => SliceDirectory.Open(Root, DealName, SliceFileFormat.Arrow)).Message);
        Assert.Equal(before, Snapshot());

        Directory.Delete(Path.Combine(Root, ".broker"), recursive: true);
        Assert.Contains("of which deal", Assert.Throws<SliceDirectoryException>(() => SliceDirectory.Open(Root, DealName, SliceFileFormat.Ndjson)).Message);
        Assert.Contains("nothing that was pulled", Assert.Throws<SliceDirectoryException>(() => SliceDirectory.OpenExisting(_directory.Path)).Message);
    }

    [Fact]
    public void A_directory_in_use_is_refused()
    {
        using var first = SliceDirectory.Open(Root, DealName, SliceFileFormat.Ndjson);
        Assert.Contains("Another process", Assert.Throws<SliceDirectoryException>(() => SliceDirectory.Open(Root, DealName, SliceFileFormat.Ndjson)).Message);
    }

    [Fact]
    public async Task A_slice_that_cannot_be_written_is_not_held()
    {
        using var directory = SliceDirectory.Open(Root, DealName, SliceFileFormat.Ndjson);
        Directory.CreateDirectory(Path.Combine(Root, ".broker", "p0000-r00001-s000001.ndjson.partial")); // in the way
        await Assert.ThrowsAnyAsync<Exception>(() => directory.KeepAsync(SliceOf(First, Post("a")), CancellationToken.None));
        Assert.Empty(directory.Held);
        Assert.Empty(Names());
    }

    [Theory]
    [InlineData(SliceFileFormat.Ndjson)]
    [InlineData(SliceFileFormat.Arrow)]
    public async Task Exactly_the_recalled_records_of_exactly_their_slices_are_deleted(SliceFileFormat format)
    {
        const string otherDataset = "platforms/acme/datasets/answers";
        var batches = new[] { BatchOf(DatasetName, Post("1"), Post("2"), Post("3")), BatchOf(otherDataset, Post("1"), Post("2")) };
        var first = new ReceivedSlice(First, 0, 1, 100, new(), batches);
        await KeepAsync(format, first, SliceOf(Second, Post("1"), Post("2")));
        using var directory = SliceDirectory.OpenExisting(Root);
        var absent = new SliceId(9, 9, 9);

        var deletion = await directory.DeleteAsync([new(First, DatasetName, "2"), new(First, otherDataset, "1"), new(First, DatasetName, "no such"), new(absent, DatasetName, "1")], CancellationToken.None);

        Assert.Equal([new RecalledCopy(First, otherDataset, "1"), new RecalledCopy(First, DatasetName, "2")], deletion.Deleted.OrderBy(copy => copy.RecordId));
        Assert.Equal([absent], deletion.NotHere);
        Assert.Equal([$"{DatasetName} 1", $"{DatasetName} 3", $"{otherDataset} 2"], await RecordsAsync(Names().First()));
        Assert.Equal([$"{DatasetName} 1", $"{DatasetName} 2"], await RecordsAsync(Names().Last()));
        Assert.Empty((await directory.DeleteAsync([new(First, DatasetName, "2")], CancellationToken.None)).Deleted); // it is gone already
    }

    [Fact]
    public async Task What_stays_is_byte_for_byte_what_was_written()
    {
        await KeepAsync(SliceFileFormat.Ndjson, SliceOf(First, Post("1", "\r\n \u0085\u2028\ud83d\ude00 \"\\/"), Post("2"), Post("3", "é")));
        var lines = (await File.ReadAllTextAsync(FileOf(Names().Single()))).Split('\n');
        using var directory = SliceDirectory.OpenExisting(Root);
        await directory.DeleteAsync([new(First, DatasetName, "2")], CancellationToken.None);
        Assert.Equal(string.Join('\n', lines[0], lines[2], ""), await File.ReadAllTextAsync(FileOf(Names().Single())));
    }

    [Fact]
    public async Task A_file_that_was_edited_beyond_recognition_is_an_error_and_left_alone()
    {
        await KeepAsync(SliceFileFormat.Ndjson, SliceOf(First, Post("1"), Post("2")));
        await File.AppendAllTextAsync(FileOf(Names().Single()), "{\"id\":");
        var before = Snapshot();
        using var directory = SliceDirectory.OpenExisting(Root);
        var error = await Assert.ThrowsAsync<SliceDirectoryException>(() => directory.DeleteAsync([new(First, DatasetName, "1")], CancellationToken.None));
        Assert.Contains("Line 3", error.Message);
        Assert.Equal(before, Snapshot());
    }

    private async Task KeepAsync(SliceFileFormat format, params ReceivedSlice[] slices)
    {
        using var directory = SliceDirectory.Open(Root, DealName, format);
        foreach (var slice in slices) await directory.KeepAsync(slice, CancellationToken.None);
    }

    private string FileOf(string name) => Path.Combine(Root, name);

    private IEnumerable<string> Names() => Directory.GetFiles(Root).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal);

    /// <summary>Every slice's bytes, and the journal's.</summary>
    private IReadOnlyList<string> Snapshot() =>
        [.. Names().Select(name => $"{name} {Convert.ToHexString(File.ReadAllBytes(FileOf(name)))}"), .. File.ReadAllLines(Journal).Order()];

    private async Task<IReadOnlyList<string>> RecordsAsync(string name)
    {
        if (name.EndsWith(".ndjson", StringComparison.Ordinal))
            return [.. (await File.ReadAllLinesAsync(FileOf(name))).Select(line => JsonSerializer.Deserialize<Dictionary<string, string>>(line)!).Select(row => $"{row["dataset"]} {row["id"]}")];
        await using var file = File.OpenRead(FileOf(name));
        using var reader = new ArrowFileReader(file);
        var records = new List<string>();
        while (await reader.ReadNextRecordBatchAsync() is { } batch)
            for (var row = 0; row < batch.Length; row++)
                records.Add($"{((StringArray)batch.Column("dataset")).GetString(row)} {((StringArray)batch.Column("id")).GetString(row)}");
        return records;
    }

    private static async Task<int> RowsAsync(string path)
    {
        await using var file = File.OpenRead(path);
        using var reader = new ArrowFileReader(file);
        var rows = 0;
        while (await reader.ReadNextRecordBatchAsync() is { } batch) rows += batch.Length;
        return rows;
    }

    private static ReceivedSlice SliceOf(SliceId id, params Record[] records) =>
        new(id, 0, 1, 100, AmountsOf(records), records.Length == 0 ? [] : [BatchOf(DatasetName, records)]);

    private static Protos.V1.RecordBatch BatchOf(string dataset, params Record[] records) => new() { Dataset = dataset, Records = { records } };

    /// <summary>Batches of which one cannot be read, as when the process dies there.</summary>
    private sealed class TornBatches(int whole, Action look) : IReadOnlyList<Protos.V1.RecordBatch>
    {
        public int Count => whole + 1;

        public Protos.V1.RecordBatch this[int index]
        {
            get
            {
                look();
                return index < whole ? BatchOf(DatasetName, Post($"{index}", new string('x', 100_000))) : throw new IOException("Torn.");
            }
        }

        public IEnumerator<Protos.V1.RecordBatch> GetEnumerator() => Enumerable.Range(0, Count).Select(index => this[index]).GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
