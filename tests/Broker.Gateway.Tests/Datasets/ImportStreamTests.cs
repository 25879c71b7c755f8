using Broker.Domain.Platforms;
using Broker.Gateway.Datasets;
using Broker.Protos.V1;
using Grpc.Core;
using Record = Broker.Protos.V1.Record;
using RecordKind = Broker.Protos.V1.RecordKind;

namespace Broker.Gateway.Tests.Datasets;

public sealed class ImportStreamTests
{
    private static readonly ImportRecordsRequest Header = new()
    {
        Header = new ImportRecordsHeader { Dataset = "platforms/acme/datasets/posts", ImportId = "7f1b6a3e-0b1c-4d5e-8f90-123456789abc" },
    };

    [Fact]
    public async Task A_row_without_an_owner_is_refused_and_the_import_goes_on()
    {
        var items = await ReadAsync(Header, Batch(Good("1"), new Record { Id = "2", Kind = RecordKind.Post }, Good("3")), End(3));
        Assert.Equal([null, ImportRefusal.NoOwner, null], items.Select(item => item.Refused));
        Assert.Equal("2", items[1].RefusedId);
    }

    [Fact]
    public async Task A_stream_without_its_end_is_an_error()
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => ReadAsync(Header, Batch(Good("1"))));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    [Fact]
    public async Task An_end_that_counts_otherwise_is_an_error() =>
        await Assert.ThrowsAsync<RpcException>(() => ReadAsync(Header, Batch(Good("1")), End(2)));

    [Fact]
    public async Task A_stream_without_its_header_is_an_error() =>
        await Assert.ThrowsAsync<RpcException>(() => ReadAsync(Batch(Good("1")), End(1)));

    private static Record Good(string id) => new() { Id = id, Author = "u", Kind = RecordKind.Post, Text = "t" };

    private static ImportRecordsRequest Batch(params Record[] records) =>
        new() { Batch = new ImportItemBatch { Items = { records.Select(record => new ImportItem { Record = record }) } } };

    private static ImportRecordsRequest End(long count) => new() { End = new ImportRecordsEnd { ItemCount = count } };

    private static async Task<List<SourceItem>> ReadAsync(params ImportRecordsRequest[] messages)
    {
        var stream = new ImportStream(new Messages(messages));
        await stream.OpenAsync(CancellationToken.None);
        var items = new List<SourceItem>();
        await foreach (var item in stream.ItemsAsync(CancellationToken.None)) items.Add(item);
        return items;
    }

    private sealed class Messages(ImportRecordsRequest[] messages) : IAsyncStreamReader<ImportRecordsRequest>
    {
        private int _index = -1;

        public ImportRecordsRequest Current => messages[_index];

        public Task<bool> MoveNext(CancellationToken cancellationToken) => Task.FromResult(++_index < messages.Length);
    }
}
