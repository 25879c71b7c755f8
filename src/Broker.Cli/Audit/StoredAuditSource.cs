using System.Runtime.CompilerServices;
using Broker.Auditor;
using Broker.Grains.Logs;
using Broker.Storage.Logs;

namespace Broker.Cli.Audit;

/// <summary>A stopped node's logs, straight from its file.</summary>
internal sealed class StoredAuditSource(StoredLogs logs) : IAuditSource
{
    public async IAsyncEnumerable<string> ListLogsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var (name, _) in logs.List())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return name.Value;
        }
    }

    public async IAsyncEnumerable<AuditEntry> ReadAsync(string log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var entry in logs.ReadEntries(new LogName(log)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new AuditEntry(entry.Position, entry.Fence, LogChain.ToUnixMicroseconds(entry.DecidedAt), entry.Payload, entry.Hash);
        }
    }

    public Task<long?> LastPositionAsync(string log, CancellationToken cancellationToken) =>
        Task.FromResult(logs.List().Where(one => one.Name.Value == log).Select(one => (long?)one.LastPosition).FirstOrDefault());
}
