using Broker.Gateway.Errors;
using Broker.Gateway.Parsing;
using Broker.Grains.Logs;
using Broker.Protos.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using LogEntry = Broker.Grains.Logs.LogEntry;
using WireEntry = Broker.Protos.V1.LogEntry;

namespace Broker.Gateway.Audit;

/// <summary>The logs on the wire, byte for byte: read from the store, past the grains.</summary>
internal sealed class AuditApi(ILogStore store, TimeProvider time) : AuditService.AuditServiceBase
{
    private const int EntriesMax = 1_000;
    private const int BatchBytesMax = 1024 * 1024;

    public override async Task<ListLogsResponse> ListLogs(ListLogsRequest request, ServerCallContext context)
    {
        var (after, size) = AuditParser.Parse(request);
        var prefix = request.Parent == ResourceNames.AllPlatforms ? "platforms/" : $"{request.Parent}/";
        var response = new ListLogsResponse { ReadTime = time.GetUtcNow().ToTimestamp() };
        await foreach (var log in store.ListAsync(context.CancellationToken))
        {
            if (!log.Value.StartsWith(prefix, StringComparison.Ordinal) || string.CompareOrdinal(log.Value, after) <= 0) continue;
            if (response.Logs.Count == size)
            {
                response.NextPageToken = PageTokens.After(response.Logs[^1].Name);
                break;
            }

            response.Logs.Add(new LogInfo { Name = log.Value });
        }

        return response;
    }

    public override async Task ReadLog(ReadLogRequest request, IServerStreamWriter<ReadLogResponse> responseStream, ServerCallContext context)
    {
        var (from, to) = AuditParser.Parse(request);
        var (batch, bytes) = (new ReadLogResponse(), 0);
        var isKnown = false;
        await foreach (var entry in store.ReadAsync(new LogName(request.Name), from, context.CancellationToken))
        {
            isKnown = true;
            if (entry.Position > to) break;
            if (batch.Entries.Count > 0 && (batch.Entries.Count == EntriesMax || bytes + entry.Payload.Length > BatchBytesMax))
            {
                await responseStream.WriteAsync(batch, context.CancellationToken);
                (batch, bytes) = (new ReadLogResponse(), 0);
            }

            batch.Entries.Add(ToWire(entry));
            bytes += entry.Payload.Length;
        }

        if (batch.Entries.Count > 0) await responseStream.WriteAsync(batch, context.CancellationToken);
        else if (!isKnown && !await ExistsAsync(request.Name, context.CancellationToken)) throw RpcErrors.NotFound(request.Name);
    }

    private async Task<bool> ExistsAsync(string name, CancellationToken cancellationToken)
    {
        await foreach (var log in store.ListAsync(cancellationToken))
            if (log.Value == name)
                return true;
        return false;
    }

    private static WireEntry ToWire(LogEntry entry) => new()
    {
        Position = entry.Position,
        Fence = entry.Fence,
        DecidedAtMicros = LogChain.ToUnixMicroseconds(entry.DecidedAt),
        Payload = UnsafeByteOperations.UnsafeWrap(entry.Payload),
        Hash = UnsafeByteOperations.UnsafeWrap(entry.Hash),
    };
}
