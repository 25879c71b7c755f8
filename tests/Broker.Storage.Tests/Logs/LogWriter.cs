using System.Text;
using Broker.Grains.Logs;

namespace Broker.Storage.Tests.Logs;

/// <summary>One holder of one log, as an activation would be: it chains its entries and remembers where it stands.</summary>
internal sealed class LogWriter(ILogStore store, LogName log, LogHead head)
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private ReadOnlyMemory<byte> _hash = head.LastHash;

    public LogHead Head => head;

    public long Position { get; private set; } = head.LastPosition;

    public static async Task<LogWriter> TakeOverAsync(ILogStore store, LogName log) =>
        new(store, log, await store.TakeOverAsync(log, CancellationToken.None));

    /// <summary>The append that comes next; nothing is written.</summary>
    public LogAppend Next(params IReadOnlyList<byte[]> payloads)
    {
        var entries = new List<LogEntry>();
        foreach (var payload in payloads)
        {
            var position = Position + 1 + entries.Count;
            entries.Add(LogChain.Next((entries.Count == 0 ? _hash : entries[^1].Hash).Span, position, head.Fence, Start.AddSeconds(position), payload));
        }

        return new LogAppend(log, head.Fence, Position, entries) { Run = head.Run };
    }

    /// <summary>An append of nothing.</summary>
    public Task<LogAppendResult> CheckAsync() => AppendAsync(Next());

    public Task<LogAppendResult> AppendAsync(params IReadOnlyList<byte[]> payloads) => AppendAsync(Next(payloads));

    public Task<LogAppendResult> AppendAsync(params IReadOnlyList<string> payloads) => AppendAsync([.. payloads.Select(Encoding.UTF8.GetBytes)]);

    public async Task<LogAppendResult> AppendAsync(LogAppend append)
    {
        var result = await store.AppendAsync(append, CancellationToken.None);
        if (result.Outcome != LogAppendOutcome.Appended || append.Entries is not [.., var last]) return result;
        (Position, _hash) = (last.Position, last.Hash);
        return result;
    }
}
