using Broker.Protos.V1;
using Google.Rpc;
using Grpc.Core;
using Record = Broker.Protos.V1.Record;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>What a client got of a stream.</summary>
internal sealed class PulledMessages
{
    public List<PullResponse> All { get; } = [];

    /// <summary>The status that it ended with; null where that is OK.</summary>
    public RpcException? Error { get; private set; }

    public PullHeader Header => All[0].Header;

    public PullSummary Summary => All[^1].Summary ?? throw new InvalidOperationException($"The stream has no summary: {Error}");

    public string? Reason => Error?.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason;

    public IEnumerable<SliceBegin> Begins => All.Where(message => message.SliceBegin is not null).Select(message => message.SliceBegin);

    public IEnumerable<RecordBatch> Batches => All.Where(message => message.RecordBatch is not null).Select(message => message.RecordBatch);

    public IEnumerable<SliceEnd> Ends => All.Where(message => message.SliceEnd is not null).Select(message => message.SliceEnd);

    public IEnumerable<Record> Records => Batches.SelectMany(batch => batch.Records);

    /// <summary>The messages' kinds and slices, in order: <c>begin 1, batch 1, end 1</c>.</summary>
    public IEnumerable<string> Shown => All.Select(message => message.MessageCase switch
    {
        PullResponse.MessageOneofCase.SliceBegin => $"begin {message.SliceBegin.Slice}" + (message.SliceBegin.Resend > 0 ? " again" : ""),
        PullResponse.MessageOneofCase.RecordBatch => $"batch {message.RecordBatch.Slice}",
        PullResponse.MessageOneofCase.SliceEnd => $"end {message.SliceEnd.Slice}",
        _ => message.MessageCase.ToString().ToLowerInvariant(),
    });

    public static async Task<PulledMessages> ReadAsync(AsyncServerStreamingCall<PullResponse> call)
    {
        var pulled = new PulledMessages();
        try
        {
            await foreach (var message in call.ResponseStream.ReadAllAsync()) pulled.All.Add(message);
        }
        catch (RpcException error)
        {
            pulled.Error = error;
        }

        return pulled;
    }
}
