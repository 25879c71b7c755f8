using Broker.Client;
using Broker.Client.Consents;
using Broker.Client.Imports;
using Broker.Gateway.Errors;
using Broker.Protos.V1;
using Google.Rpc;
using Grpc.Core;
using static Broker.EndToEnd.Client.PullScript;
using Status = Grpc.Core.Status;

namespace Broker.EndToEnd.Client;

public sealed class ImportSessionTests
{
    private const int MessageBytesMax = 4 * 1024 * 1024;

    [Fact]
    public async Task Everything_goes_in_bounded_batches_between_header_and_end()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var messages = new List<ImportRecordsRequest>();
        broker.OnImport = (_, stream) => TakeAsync(stream, messages);
        var items = Enumerable.Range(0, 2_500).Select(index => ItemOf(Post($"{index}")))
            .Concat(Enumerable.Range(0, 6).Select(index => ItemOf(Post($"large-{index}", new string('x', 1_500_000))))).ToList();
        var progress = new List<ImportProgress>();
        using var connection = broker.Connect();

        var report = await new ImportSession(connection, DatasetName, new() { IsComplete = true }).RunAsync(() => items, new Told<ImportProgress>(progress.Add));

        Assert.Equal(items.Count, report.ReadCount);
        Assert.Equal((DatasetName, true), (messages[0].Header.Dataset, messages[0].Header.IsComplete));
        Assert.True(Guid.TryParse(messages[0].Header.ImportId, out _));
        Assert.Equal(items.Count, messages[^1].End.ItemCount);
        var batches = messages[1..^1];
        Assert.Equal(items, batches.SelectMany(message => message.Batch.Items));
        Assert.All(batches, message => Assert.InRange(message.Batch.Items.Count, 1, 1_000));
        Assert.All(batches, message => Assert.InRange(message.CalculateSize(), 1, MessageBytesMax));
        Assert.Equal([1_000, 2_000, 2_500 + 2], progress.Select(done => (int)done.Items).Take(3)); // the large ones go two by two
        Assert.Equal(items.Count, progress[^1].Items);
    }

    [Fact]
    public async Task An_empty_source_is_a_header_and_an_end()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var messages = new List<ImportRecordsRequest>();
        broker.OnImport = (_, stream) => TakeAsync(stream, messages);
        using var connection = broker.Connect();
        await new ImportSession(connection, DatasetName).RunAsync(() => []);
        Assert.Equal(2, messages.Count);
    }

    [Fact]
    public async Task A_record_too_large_for_a_message_is_sent_as_a_refused_row()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var messages = new List<ImportRecordsRequest>();
        broker.OnImport = (_, stream) => TakeAsync(stream, messages);
        using var connection = broker.Connect();
        await new ImportSession(connection, DatasetName).RunAsync(() => [ItemOf(Post("huge", new string('x', MessageBytesMax))), ItemOf(Post("small"))]);
        var items = messages[1].Batch.Items;
        Assert.Equal((ImportRefusalReason.InvalidValue, "huge", "small"), (items[0].Refused.Reason, items[0].Refused.RecordId, items[1].Record.Id));
    }

    [Theory]
    [InlineData(Code.Aborted, "MANIFEST_CHANGED")]
    [InlineData(Code.Unavailable, "OUTCOME_UNKNOWN")]
    public async Task A_failed_import_is_repeated_as_a_whole_with_the_same_id(Code code, string reason)
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var messages = new List<ImportRecordsRequest>();
        broker.OnImport = async (number, stream) =>
        {
            var response = await TakeAsync(stream, messages);
            return number < 3 ? throw RpcErrors.Create(code, reason, "Again.") : response;
        };
        using var connection = broker.Connect();
        var opened = 0;
        await new ImportSession(connection, DatasetName).RunAsync(() =>
        {
            opened++;
            return Enumerable.Range(0, 10).Select(index => ItemOf(Post($"{index}")));
        });
        Assert.Equal((3, 9), (opened, messages.Count));
        Assert.Single(messages.Where(message => message.Header is not null).Select(message => message.Header.ImportId).Distinct());
    }

    [Fact]
    public async Task A_source_that_cannot_be_read_again_is_not_repeated()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnImport = (_, _) => throw RpcErrors.Create(Code.Aborted, "MANIFEST_CHANGED", "Again.");
        using var connection = broker.Connect();
        var error = await Assert.ThrowsAsync<BrokerException>(() => new ImportSession(connection, DatasetName, new() { CanReopen = false }).RunAsync(() => []));
        Assert.Equal(("MANIFEST_CHANGED", 1), (error.Reason, broker.Events.Count));
    }

    [Fact]
    public async Task A_refusal_in_the_midst_of_the_stream_is_told_as_the_broker_says_it()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnImport = async (_, stream) =>
        {
            await stream.MoveNext(CancellationToken.None);
            throw RpcErrors.NotFound(DatasetName);
        };
        using var connection = broker.Connect();
        var endless = Enumerable.Range(0, int.MaxValue).Select(index => ItemOf(Post($"{index}", new string('x', 10_000))));
        var error = await Assert.ThrowsAsync<BrokerException>(() => new ImportSession(connection, DatasetName).RunAsync(() => endless));
        Assert.Equal((StatusCode.NotFound, "NOT_FOUND"), (error.Code, error.Reason));
    }

    [Fact]
    public async Task A_source_that_fails_cancels_the_import_before_its_end()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var messages = new List<ImportRecordsRequest>();
        var broke = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        broker.OnImport = async (_, stream) =>
        {
            try
            {
                return await TakeAsync(stream, messages);
            }
            catch (IOException)
            {
                broke.SetResult();
                throw;
            }
        };
        using var connection = broker.Connect();
        await Assert.ThrowsAsync<InvalidDataException>(() => new ImportSession(connection, DatasetName).RunAsync(Truncated));
        await broke.Task;
        Assert.DoesNotContain(messages, message => message.End is not null);

        static IEnumerable<ImportItem> Truncated()
        {
            for (var index = 0; index < 1_500; index++) yield return ItemOf(Post($"{index}"));
            throw new InvalidDataException("The file is cut off.");
        }
    }

    [Fact]
    public async Task Consents_go_in_bounded_batches_and_again_as_a_whole_with_the_same_id()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var messages = new List<ImportConsentsRequest>();
        broker.OnConsents = async (number, stream) =>
        {
            messages.Clear();
            while (await stream.MoveNext(CancellationToken.None)) messages.Add(stream.Current);
            broker.Tokens.Enqueue(messages[0].Header.RequestId);
            return number == 1 ? throw new RpcException(new Status(StatusCode.Unavailable, "")) : new() { RowCount = messages[^1].End.RowCount };
        };
        var rows = Enumerable.Range(0, 2_001).Select(index => new ConsentRow { UserId = $"user-{index}" }).ToList();
        var snapshot = new DateTimeOffset(2025, 11, 15, 0, 0, 0, TimeSpan.Zero);
        using var connection = broker.Connect();

        var response = await new ConsentImportSession(connection, "platforms/acme", snapshot).RunAsync(() => rows);

        Assert.Equal(2_001, response.RowCount);
        Assert.Equal(("platforms/acme", snapshot), (messages[0].Header.Platform, messages[0].Header.SnapshotTime.ToDateTimeOffset()));
        Assert.Equal([1_000, 1_000, 1], messages[1..^1].Select(message => message.Batch.Rows.Count));
        Assert.Equal(rows, messages[1..^1].SelectMany(message => message.Batch.Rows));
        Assert.Equal((2, 1), (broker.Tokens.Count, broker.Tokens.Distinct().Count()));
    }

    private static ImportItem ItemOf(Protos.V1.Record record) => new() { Record = record };

    private static async Task<ImportRecordsResponse> TakeAsync(IAsyncStreamReader<ImportRecordsRequest> stream, List<ImportRecordsRequest> messages)
    {
        while (await stream.MoveNext(CancellationToken.None)) messages.Add(stream.Current);
        return new() { Report = new() { ReadCount = messages[^1].End.ItemCount } };
    }
}
