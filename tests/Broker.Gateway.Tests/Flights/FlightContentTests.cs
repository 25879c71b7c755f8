using Broker.Domain;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Gateway.Flights;
using Broker.Gateway.Pulls;
using Broker.Gateway.Tests.Pulls;
using Broker.Grains.Keys;
using Broker.Grains.Pulls;
using Broker.Protos.V1;
using Grpc.Core;
using static Broker.Gateway.Tests.Pulls.PullWorld;
using RecordKind = Broker.Domain.Platforms.RecordKind;
using WireKind = Broker.Protos.V1.RecordKind;
using WireRecord = Broker.Protos.V1.Record;

namespace Broker.Gateway.Tests.Flights;

/// <summary>What a flight says, of scripted partitions, to the stock client.</summary>
public sealed class FlightContentTests
{
    private static readonly string[] Fields = ["id", "author", "language", "title", "text", "target_id", "licence", "attribution"];

    [Fact]
    public async Task Every_message_names_the_deal_the_version_the_slice_the_position_and_its_deadline()
    {
        await using var world = await StartAsync(configure: options => options.SliceBytesFirst = 1 << 20);
        var posts = world.Segments.AddPosts(6_000);
        var (first, second) = (Grant(1, posts, 0, 5_000), Grant(2, posts, 5_000, 6_000));
        world.Partition.Then(first, second);
        var pulled = await PulledFrames.PullAsync(world);

        var header = pulled.Flight.Headers.Single();
        Assert.Equal((DealName, "partners/lab", 1, 2_000), (header.Deal, header.Header.Partner, header.Header.PartitionCount, header.Header.LeaseMs));
        Assert.Equal(["header", "batch 1", "last 1", "last 2", "summary"], pulled.Shown);
        Assert.Equal([0L, 4_096, 0], pulled.Flight.Messages.Take(3).Select(message => message.Slice.FirstRecord));
        Assert.All(pulled.Flight.Messages.Take(3), message => Assert.Equal((DealName, 0, 3, 2_000), (message.Deal, message.Partition, message.ContractVersion, message.DeadlineOffsetMs)));
        Assert.Equal([101L, 101, 102], pulled.Flight.Messages.Take(3).Select(message => message.Slice.Position));
        Assert.Equal(["platforms/acme/datasets/posts"], pulled.Flight.Messages.Take(3).Select(message => message.Slice.Dataset).Distinct());
        Assert.Equal(new Amounts { RecordCount = 5_000, ByteCount = first.Bytes, MoneyMicros = 7 }, pulled.Flight.Messages[0].Slice.Amounts);
        Assert.Null(pulled.Flight.Messages[1].Slice.Amounts);
        Assert.Equal((PullEndReason.Finished, 2, 6_000), (pulled.Summary.Reason, pulled.Summary.SliceCount, pulled.Summary.Charged.RecordCount));
        Assert.Equal(posts.Records.Select(record => (record.Id, record.Text)), pulled.Flight.Records.Select(record => (record.Id, record.Text)));
    }

    [Fact]
    public async Task A_record_comes_as_the_platform_handed_it_in()
    {
        await using var world = await StartAsync();
        world.Partition.Then(Grant(1, world.Segments.Add(new MemoryContent("full", "posts", [FullRecord])), 0, 1));
        var pulled = await PulledFrames.PullAsync(world);
        Assert.Equal(["created_at_ms", "kind", .. Fields], pulled.Flight.Columns);
        Assert.Equal(
            new WireRecord
            {
                Id = "1", Author = "ann", Kind = WireKind.Like, CreateTimeMs = -1, Language = "de", Title = "Überschrift",
                Text = "🎉", TargetId = "9", Licence = "CC-BY-4.0", Attribution = "Ann",
            },
            pulled.Flight.Records.Single());
    }

    [Fact]
    public async Task A_dropped_field_has_no_column_and_a_pseudonymised_one_holds_the_deals_pseudonyms()
    {
        await using var world = await StartAsync();
        var policy = new FieldPolicy(RecordFields.Title | RecordFields.TargetId, RecordFields.Author | RecordFields.Attribution);
        world.Grains.Fields = policy;
        var content = world.Segments.Add(new MemoryContent("full", "posts", [FullRecord, FullRecord with { Id = "2", Attribution = "" }]));
        world.Partition.Then(Grant(1, content, 0, 2, policy));
        var pulled = await PulledFrames.PullAsync(world);
        var pseudonyms = new Pseudonyms(OneKey.Key);
        Assert.Equal(["created_at_ms", "kind", .. Fields.Except(["title", "target_id"])], pulled.Flight.Columns);
        Assert.All(pulled.Flight.Records, record => Assert.Equal((pseudonyms.Of(RecordFields.Author, "ann"), "🎉"), (record.Author, record.Text)));
        Assert.Equal([pseudonyms.Of(RecordFields.Attribution, "Ann"), ""], pulled.Flight.Records.Select(record => record.Attribution));
        Assert.Equal(2, pulled.Summary.Charged.RecordCount);
    }

    [Fact]
    public async Task A_field_that_an_amendment_drops_on_the_way_is_an_empty_column_from_then_on()
    {
        await using var world = await StartAsync();
        var content = world.Segments.Add(new MemoryContent("full", "posts", [FullRecord, FullRecord with { Id = "2" }]));
        world.Partition.Then(Grant(1, content, 0, 1), Grant(2, content, 1, 2, new FieldPolicy(RecordFields.Text, RecordFields.Author)));
        var pulled = await PulledFrames.PullAsync(world);
        Assert.Equal(["🎉", ""], pulled.Flight.Records.Select(record => record.Text));
        Assert.Equal(["ann", new Pseudonyms(OneKey.Key).Of(RecordFields.Author, "ann")], pulled.Flight.Records.Select(record => record.Author));
    }

    [Fact]
    public async Task A_field_that_an_amendment_releases_on_the_way_ends_the_stream_and_its_slice_is_not_charged()
    {
        await using var world = await StartAsync();
        var narrow = new FieldPolicy(RecordFields.Author, RecordFields.None);
        world.Grains.Fields = narrow;
        var posts = world.Segments.AddPosts(20);
        var (first, second) = (Grant(1, posts, 0, 10, narrow), Grant(2, posts, 10, 20));
        world.Partition.Then(first, second);
        var pulled = await PulledFrames.PullAsync(world);
        Assert.Equal((StatusCode.Aborted, "CONTRACT_CHANGED"), (pulled.Error!.StatusCode, pulled.Reason));
        Assert.Equal(10, pulled.Flight.Records.Count());
        Assert.False(world.Partition.OutcomeOf(second).WasWritten);
    }

    [Fact]
    public async Task A_message_has_at_most_4096_rows_and_as_many_bytes_as_a_quarter_of_a_slice()
    {
        await using var world = await StartAsync(configure: options => options.SliceBytesFirst = 256 * 1024);
        var (small, large) = (world.Segments.AddPosts(9_000, "", "small"), world.Segments.AddPosts(150, new string('x', 1_000), "large"));
        var huge = world.Segments.AddPosts(2, new string('y', 70_000), "huge");
        world.Partition.Then(Grant(1, [(small, 0, 4_500), (small, 4_600, 9_000), (large, 0, 150), (huge, 0, 2)]));
        var pulled = await PulledFrames.PullAsync(world);
        Assert.True(pulled.Error is null, pulled.Error?.ToString());

        var firsts = pulled.Flight.Messages.SkipLast(1).Select(message => (int)message.Slice.FirstRecord).Append(pulled.Flight.Records.Count()).ToList();
        var records = pulled.Flight.Records.ToList();
        var messages = firsts.Zip(firsts.Skip(1), (from, to) => records[from..to]).ToList();
        Assert.All(messages, message => Assert.InRange(message.Count, 1, 4_096));
        Assert.All(messages.Where(message => message.Count > 1), message => Assert.InRange(message.Sum(BytesOf), 1, 64 * 1024));
        // None is smaller than it had to be.
        Assert.All(messages.Zip(messages.Skip(1)), pair => Assert.True(pair.First.Count == 4_096 || pair.First.Sum(BytesOf) + BytesOf(pair.Second[0]) > 64 * 1024));
        Assert.Equal(
            small.Records.Take(4_500).Concat(small.Records.Skip(4_600)).Concat(large.Records).Concat(huge.Records).Select(record => record.Id),
            records.Select(record => record.Id));

        static int BytesOf(WireRecord record) => record.Id.Length + record.Author.Length + record.Text.Length;
    }

    [Theory]
    [InlineData(64 * 1024)]
    [InlineData(200_000)]
    [InlineData(4 * 1024 * 1024)]
    public void Messages_stay_below_the_largest_that_callers_are_sent_however_small_the_records(int messageBytesMax)
    {
        var (bounds, schema) = (FlightBounds.Below(messageBytesMax), FlightSchema.Of(FieldPolicy.Everything));
        var text = new string('x', Math.Max(1, (bounds.Bytes / bounds.Rows) - 20)); // both bounds are nearly reached
        var segment = new MemorySegments().AddPosts(bounds.Rows, text, "s");
        var part = MessagePart.Cut([new OpenedRows(segment, 0, segment.Count)], FieldPolicy.Everything, bounds)[0];
        var batch = RenderedBatch.Of(schema, part, FieldPolicy.Everything, new Pseudonyms(OneKey.Key));
        Assert.InRange(new FlightFrame(batch.Header, new byte[600], batch.Body).Length, messageBytesMax / 2, messageBytesMax);
    }

    [Fact]
    public async Task Two_datasets_are_never_in_one_message()
    {
        await using var world = await StartAsync();
        var (posts, notes) = (world.Segments.AddPosts(30), world.Segments.AddPosts(10, segmentId: "notes", dataset: "notes"));
        world.Partition.Then(Grant(1, [(posts, 0, 3), (posts, 5, 9), (notes, 0, 10), (posts, 20, 22)]));
        var pulled = await PulledFrames.PullAsync(world);
        Assert.Equal(
            [("posts", 0L), ("notes", 7L), ("posts", 17L)],
            pulled.Flight.Messages.SkipLast(1).Select(message => (message.Slice.Dataset["platforms/acme/datasets/".Length..], message.Slice.FirstRecord)));
        Assert.Equal(19, pulled.Flight.Records.Count());
    }

    [Fact]
    public async Task A_slice_of_which_consent_left_nothing_is_one_message_of_no_rows()
    {
        await using var world = await StartAsync();
        world.Partition.Unconfirmed.Add(new(1, 1));
        world.Partition.OnResend = slice => SliceAnswer.Of(Grant(1, [], resend: 1));
        var pulled = await PulledFrames.PullAsync(world);
        Assert.Equal(["header", "last 1 again", "summary"], pulled.Shown);
        Assert.Empty(pulled.Flight.Slices.Single().Records);
    }

    [Fact]
    public async Task Only_the_tickets_partition_is_pulled()
    {
        await using var world = await StartAsync(partitionCount: 3);
        var posts = world.Segments.AddPosts(10);
        foreach (var partition in world.Partitions) partition.Then(Grant(1, posts, partition.Index, 10));
        var pulled = await PulledFrames.PullAsync(world, partition: 2);
        Assert.Equal((2, 8), (pulled.Flight.Slices.Single().Range.Partition, pulled.Flight.Records.Count()));
        Assert.Equal([false, false, true], world.Partitions.Select(partition => partition.StreamId is not null));
    }

    [Fact]
    public async Task A_ticket_that_is_ahead_of_its_partitions_log_opens_nothing()
    {
        await using var world = await StartAsync();
        world.Partition.Position = 500;
        var info = await world.Flights.GetInfo(Apache.Arrow.Flight.FlightDescriptor.CreatePathDescriptor(DealName), world.AsPartner.Headers);
        world.Partition.Position = 499; // a backup that lacks the last entry was restored
        var pulled = await PulledFrames.PullAsync(world, info.Endpoints.Single().Ticket);
        Assert.Equal((StatusCode.FailedPrecondition, "TICKET_AHEAD"), (pulled.Error!.StatusCode, pulled.Reason));
        Assert.Null(world.Partition.StreamId);
        world.Partition.Position = 501;
        Assert.Null((await PulledFrames.PullAsync(world, info.Endpoints.Single().Ticket)).Error);
    }

    [Fact]
    public async Task A_quota_that_is_full_at_the_start_is_an_error_and_on_the_way_a_summary()
    {
        await using var world = await StartAsync();
        world.Partition.Then(RefusalReason.QuotaExceeded, "records/term").Then(Grant(1, world.Segments.AddPosts(10), 0, 10)).Then(RefusalReason.QuotaExceeded, "records/term");
        Assert.Equal("QUOTA_EXCEEDED", (await PulledFrames.PullAsync(world)).Reason);
        var second = await PulledFrames.PullAsync(world);
        Assert.Equal((PullEndReason.QuotaExceeded, "records/term", 10), (second.Summary.Reason, second.Summary.ExhaustedLimit, second.Summary.Charged.RecordCount));
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
