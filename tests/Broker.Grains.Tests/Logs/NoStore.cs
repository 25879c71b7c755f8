using Broker.Grains.Logs;

namespace Broker.Grains.Tests.Logs;

/// <summary>Stands where services are made before the store that they get.</summary>
internal sealed class NoStore : ILogStore
{
    public static NoStore Instance { get; } = new();

    public Task<LogHead> TakeOverAsync(LogName log, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<LogAppendResult> AppendAsync(LogAppend append, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<LogEntry> ReadAsync(LogName log, long fromPosition, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<LogName> ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
}
