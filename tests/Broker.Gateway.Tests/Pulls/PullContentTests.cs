using Broker.Domain;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Grains.Keys;
using Broker.Grains.Pulls;
using Broker.Protos.V1;
using static Broker.Gateway.Tests.Pulls.PullWorld;
using Record = Broker.Protos.V1.Record;
using RecordKind = Broker.Domain.Platforms.RecordKind;

namespace Broker.Gateway.Tests.Pulls;

public sealed class PullContentTests
{
    [Fact]
    public async Task A_stream_is_its_header_whole_slices_in_the_order_of_their_grants_and_a_summary()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(2_500);
        var (first, second) = (Grant(1, posts, 0, 1_500), Grant(2, posts, 1_500, 2_500));
        world.Partition.Then(first, second);
        var pulled = await world.PullAsync();

        Assert.Equal(["header", "begin 1", "batch 1", "batch 1", "end 1", "begin 2", "batch 2", "end 2", "summary"], pulled.Shown);
        Assert.Equal((DealName, "partners/lab", 3, 1, 2_000), (pulled.Header.Deal, pulled.Header.Partner, pulled.Header.ContractVersion, pulled.Header.PartitionCount, pulled.Header.LeaseMs));
        Assert.Equal(posts.Records.Select(record => record.Id), pulled.Records.Select(record => record.Id));
        Assert.All(pulled.Begins.Zip([first, second]), pair =>
        {
            Assert.Equal((0, 1, pair.Second.Slice.Number, 0, 3, pair.Second.Position), (pair.First.Partition, pair.First.Round, pair.First.Slice, pair.First.Resend, pair.First.ContractVersion, pair.First.Position));
            Assert.Equal((pair.Second.Records, pair.Second.Bytes, 7), (pair.First.Amounts.RecordCount, pair.First.Amounts.ByteCount, pair.First.Amounts.MoneyMicros));
        });
        Assert.Equal([first.Digest, second.Digest], pulled.Ends.Select(end => end.Digest.ToByteArray()));
        Assert.Equal((PullEndReason.Finished, 2, 2_500, 2_500), (pulled.Summary.Reason, pulled.Summary.SliceCount, pulled.Summary.Sent.RecordCount, pulled.Summary.Charged.RecordCount));
        Assert.Equal(new PartitionProgress { Partition = 0, Round = 1, IsFinished = true, CoveredPosition = 7 }, pulled.Summary.Partitions.Single());
        Assert.All((SliceGrant[])[first, second], grant => Assert.True(world.Partition.OutcomeOf(grant).WasWritten));
    }

    [Fact]
    public async Task A_record_comes_with_every_field_and_its_kind_and_time()
    {
        await using var world = await StartAsync();
        var like = world.Segments.Add(new MemoryContent("likes", "likes", [FullRecord]));
        world.Partition.Then(Grant(1, like, 0, 1));
        var pulled = await world.PullAsync();
        Assert.Equal("platforms/acme/datasets/likes", pulled.Batches.Single().Dataset);
        Assert.Equal(
            new Record
            {
                Id = "1", Author = "ann", Kind = global::Broker.Protos.V1.RecordKind.Like, CreateTimeMs = -1, Language = "de", Title = "Überschrift", Text = "🎉", TargetId = "9",
                Licence = "CC-BY-4.0", Attribution = "Ann",
            },
            pulled.Records.Single());
    }

    [Fact]
    public async Task Dropped_fields_are_empty_and_pseudonyms_are_those_of_the_deals_key()
    {
        await using var world = await StartAsync();
        var content = world.Segments.Add(new MemoryContent("likes", "likes", [FullRecord, FullRecord with { Id = "2", Attribution = "" }]));
        var policy = new FieldPolicy(RecordFields.Title | RecordFields.TargetId, RecordFields.Author | RecordFields.Attribution);
        world.Partition.Then(Grant(1, content, 0, 2, policy));
        var records = (await world.PullAsync()).Records.ToList();
        Assert.All(records, record => Assert.Equal(("", "", "🎉", "de"), (record.Title, record.TargetId, record.Text, record.Language)));
        var pseudonyms = new Pseudonyms(OneKey.Key);
        Assert.All(records, record => Assert.Equal(pseudonyms.Of(RecordFields.Author, "ann"), record.Author));
        Assert.Equal([pseudonyms.Of(RecordFields.Attribution, "Ann"), ""], records.Select(record => record.Attribution));
    }

    [Fact]
    public async Task A_message_has_at_most_a_thousand_records_and_as_many_bytes_as_a_quarter_of_a_slice()
    {
        await using var world = await StartAsync(configure: options => options.SliceBytesFirst = 256 * 1024);
        var (small, large) = (world.Segments.AddPosts(2_001, segmentId: "small"), world.Segments.AddPosts(150, new string('x', 1_000), "large"));
        var huge = world.Segments.AddPosts(2, new string('y', 70_000), "huge");
        world.Partition.Then(Grant(1, [(small, 0, 2_001), (large, 0, 150), (huge, 0, 2)]));
        var batches = (await world.PullAsync()).Batches.Select(batch => batch.Records).ToList();

        Assert.Equal([1_000, 1_000], batches.Take(2).Select(records => records.Count));
        Assert.Equal([1, 1], batches.TakeLast(2).Select(records => records.Count)); // larger than a message: alone
        var filled = batches[2..^2];
        Assert.All(filled, records => Assert.InRange(BytesOf(records), 1, 64 * 1024));
        Assert.All(filled.SkipLast(1).Zip(filled.Skip(1)), pair => Assert.True(BytesOf(pair.First) + BytesOf(pair.Second.Take(1)) > 64 * 1024));
        Assert.Equal(
            ((MemoryContent[])[small, large, huge]).SelectMany(content => content.Records).Select(record => record.Id),
            batches.SelectMany(records => records).Select(record => record.Id));

        static long BytesOf(IEnumerable<Record> records) => records.Sum(record => record.Id.Length + record.Author.Length + record.Text.Length);
    }

    [Fact]
    public async Task Runs_of_rows_are_joined_in_one_message_and_two_datasets_never_are()
    {
        await using var world = await StartAsync();
        var (posts, notes) = (world.Segments.AddPosts(3_000), world.Segments.AddPosts(10, segmentId: "notes", dataset: "notes"));
        var runs = Enumerable.Range(0, 250).Select(run => (posts, run * 10, (run * 10) + 9)).Append((notes, 0, 10)).Append((posts, 2_990, 2_999)).ToList();
        world.Partition.Then(Grant(1, runs));
        var pulled = await world.PullAsync();
        Assert.Equal(
            [("posts", 1_000), ("posts", 1_000), ("posts", 250), ("notes", 10), ("posts", 9)],
            pulled.Batches.Select(batch => (batch.Dataset["platforms/acme/datasets/".Length..], batch.Records.Count)));
        Assert.Equal(
            runs.SelectMany(run => run.Item1.Records.Take(run.Item2..run.Item3)).Select(record => record.Id),
            pulled.Records.Select(record => record.Id));
    }

    [Fact]
    public async Task What_the_client_did_not_confirm_comes_first_and_free_of_charge()
    {
        await using var world = await StartAsync();
        var posts = world.Segments.AddPosts(30);
        world.Partition.Unconfirmed.AddRange([new(1, 2), new(1, 3), new(1, 4)]);
        world.Partition.OnResend = slice => slice.Number == 3
            ? SliceAnswer.Of(new Refusal(RefusalReason.ResendRefused, "confirmed meanwhile"))
            : SliceAnswer.Of(Grant(slice.Number, posts, slice.Number, slice.Number + 2, resend: 1));
        world.Partition.Then(Grant(5, posts, 10, 15));
        var pulled = await world.PullAsync();
        Assert.Equal(["header", "begin 2 again", "batch 2", "end 2", "begin 4 again", "batch 4", "end 4", "begin 5", "batch 5", "end 5", "summary"], pulled.Shown);
        Assert.Equal((9, 5), (pulled.Summary.Sent.RecordCount, pulled.Summary.Charged.RecordCount));
        Assert.Equal([2, 3, 4], world.Partition.Resent.Select(slice => slice.Number));
    }

    [Fact]
    public async Task A_slice_of_which_consent_left_nothing_is_an_empty_slice()
    {
        await using var world = await StartAsync();
        world.Partition.Unconfirmed.Add(new(1, 1));
        world.Partition.OnResend = slice => SliceAnswer.Of(Grant(1, [], resend: 1));
        Assert.Equal(["header", "begin 1 again", "end 1", "summary"], (await world.PullAsync()).Shown);
    }

    [Fact]
    public async Task Several_partitions_come_side_by_side_each_with_its_own_slices_in_order()
    {
        await using var world = await StartAsync(partitionCount: 4, options => options.PartitionsAtOnceMax = 2);
        var posts = world.Segments.AddPosts(40);
        foreach (var partition in world.Partitions) partition.Then(Enumerable.Range(1, 5).Select(number => Grant(number, posts, number, number + 1)));
        var pulled = await world.PullAsync();
        for (var index = 0; index < 4; index++) Assert.Equal([1, 2, 3, 4, 5], pulled.Ends.Where(end => end.Partition == index).Select(end => end.Slice));
        Assert.Equal((20, 4), (pulled.Summary.SliceCount, pulled.Summary.Partitions.Count));
        Assert.Single(world.Partitions.Select(partition => partition.StreamId).Distinct());
    }

    [Fact]
    public async Task Only_the_partitions_that_are_named_are_asked_for_slices_of_the_wished_size()
    {
        await using var world = await StartAsync(partitionCount: 4);
        var pulled = await world.PullAsync(new PullRequest { Deal = DealName, Partitions = { 2, 0 }, SliceRecordCountMax = 77 });
        Assert.Equal([2, 0], pulled.Header.Partitions);
        Assert.Equal([true, false, true, false], world.Partitions.Select(partition => partition.StreamId is not null));
        Assert.Equal(new NextSliceRequest("pact", world.Partitions[0].StreamId!, 77, 256 * 1024), world.Partitions[0].Asked.Single());
    }

    [Fact]
    public async Task No_more_slices_are_under_way_at_once_than_the_options_say()
    {
        await using var world = await StartAsync(configure: options => options.SlicesInFlightMax = 3);
        var posts = world.Segments.AddPosts(40);
        var most = 0;
        world.Segments.Opening = _ => most = Math.Max(most, world.Partition.Asked.Count - world.Partition.Settled.Count);
        world.Partition.Then(Enumerable.Range(1, 20).Select(number => Grant(number, posts, number, number + 1)));
        Assert.Equal(20, (await world.PullAsync()).Summary.SliceCount);
        Assert.InRange(most, 1, 3);
    }

    private static SourceRecord FullRecord => new()
    {
        Id = "1",
        UserId = "ann",
        Kind = RecordKind.Like,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(-1),
        Language = "de",
        Title = "Überschrift",
        Text = "🎉",
        TargetId = "9",
        Licence = "CC-BY-4.0",
        Attribution = "Ann",
    };
}
