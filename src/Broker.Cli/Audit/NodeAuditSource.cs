using System.Runtime.CompilerServices;
using Broker.Auditor;
using Broker.Cli.Commands;
using Broker.Client;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;

namespace Broker.Cli.Audit;

/// <summary>A running node's logs, over its AuditService.</summary>
internal sealed class NodeAuditSource(BrokerConnection node) : IAuditSource
{
    private const int BreaksMax = 4;

    public async IAsyncEnumerable<string> ListLogsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var logs = await Pages.AllAsync(
            token => node.CallAsync(node.Audit.ListLogsAsync, new ListLogsRequest { Parent = ResourceNames.AllPlatforms, PageSize = Pages.Size, PageToken = token }, cancellationToken),
            page => (page.Logs, page.NextPageToken));
        foreach (var log in logs) yield return log.Name;
    }

    // A stream that breaks goes on after the last entry that came; breaks in a row without any are given up.
    public async IAsyncEnumerable<AuditEntry> ReadAsync(string log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (last, breaks) = (0L, 0);
        while (true)
        {
            await using var entries = ReadFrom(log, last + 1, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (true)
            {
                try
                {
                    if (!await entries.MoveNextAsync()) yield break;
                }
                catch (BrokerException broken) when (broken.IsTransient && ++breaks < BreaksMax)
                {
                    break;
                }

                (last, breaks) = (entries.Current.Position, 0);
                yield return entries.Current;
            }
        }
    }

    private async IAsyncEnumerable<AuditEntry> ReadFrom(string log, long from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ReadLogRequest { Name = log, FromPosition = from };
        await foreach (var batch in node.StreamAsync(node.Audit.ReadLog, request, cancellationToken))
            foreach (var entry in batch.Entries)
                yield return new AuditEntry(entry.Position, entry.Fence, entry.DecidedAtMicros, entry.Payload.Memory, entry.Hash.Memory);
    }
}
