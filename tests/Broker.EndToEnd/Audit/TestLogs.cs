using System.Runtime.CompilerServices;
using Broker.Auditor;
using Broker.Grains.Logs;
using Broker.Protos.Log.V1;
using Google.Protobuf;

namespace Broker.EndToEnd.Audit;

/// <summary>Logs in memory, chained as they are read: whatever is forged in them, the chain holds unless it is broken on purpose.</summary>
internal sealed class TestLogs : IAuditSource, IRowSource
{
    private readonly SortedDictionary<string, List<(long Fence, long Micros, byte[] Payload)>> _logs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TestRows> _segments = new(StringComparer.Ordinal);

    /// <summary>Changes entries after they were chained: what a hand in the file does.</summary>
    public Func<string, AuditEntry, AuditEntry?> Tamper { get; set; } = (_, entry) => entry;

    /// <summary>Called before each listing of the logs: 1 for the deals, 2 for the partitions, 3 for the deals again.</summary>
    public Action<int> BeforeReading { get; set; } = _ => { };

    /// <summary>What the store says beside the entries.</summary>
    public Func<string, long?> Claimed { get; set; } = _ => null;

    /// <summary>The fence of what is written from here on.</summary>
    public long Fence { get; set; } = 1;

    private int _listings;

    public void Append(string log, DateTimeOffset at, ReadOnlyMemory<byte> fact)
    {
        if (!_logs.TryGetValue(log, out var entries)) _logs[log] = entries = [];
        entries.Add((Fence, LogChain.ToUnixMicroseconds(at), new LogEnvelope { Event = ByteString.CopyFrom(fact.Span) }.ToByteArray()));
    }

    public void AppendPayload(string log, DateTimeOffset at, byte[] payload) => _logs[log].Add((Fence, LogChain.ToUnixMicroseconds(at), payload));

    public void Truncate(string log, int count) => _logs[log].RemoveRange(_logs[log].Count - count, count);

    public void Remove(string log) => _logs.Remove(log);

    public void Rename(string log, string to)
    {
        _logs[to] = _logs[log];
        _logs.Remove(log);
    }

    public long LengthOf(string log) => _logs[log].Count;

    public void Attach(TestRows rows) => _segments.Add(rows.SegmentId, rows);

    public void Detach(string segment) => _segments.Remove(segment);

    /// <summary>Changes a segment's rows behind the log's back; the digest stays, as if it were right.</summary>
    public void Forge(string segment, Func<TestRow, TestRow> change) => _segments[segment] = _segments[segment].With(change);

    public async IAsyncEnumerable<string> ListLogsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        BeforeReading(++_listings);
        foreach (var log in _logs.Keys.ToList()) yield return log;
    }

    public async IAsyncEnumerable<AuditEntry> ReadAsync(string log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        var hash = LogChain.Origin.ToArray();
        foreach (var (index, (fence, micros, payload)) in _logs[log].Index())
        {
            hash = LogChain.HashOf(hash, index + 1, fence, LogChain.FromUnixMicroseconds(micros), payload);
            if (Tamper(log, new AuditEntry(index + 1, fence, micros, payload, hash)) is { } entry) yield return entry;
        }
    }

    public Task<long?> LastPositionAsync(string log, CancellationToken cancellationToken) => Task.FromResult(Claimed(log));

    public IReadOnlyList<AuditRow> RowsOf(AuditSegment segment, int user)
    {
        var rows = _segments[segment.Id];
        Assert.Equal(rows.Info.Digest, segment.Digest.ToArray());
        return [.. Enumerable.Range(0, rows.Count).Where(row => rows.UserAt(row) == user).Select(row => RowOf(rows, row))];
    }

    public (long Title, long Text) TokensOf(AuditSegment segment, string tokenizer, ReadOnlyMemory<byte> digest, int row)
    {
        Assert.Equal(TestRows.TokensOf(segment.Id, tokenizer).Digest.AsEnumerable(), digest.ToArray());
        return _segments[segment.Id][row].Tokens;
    }

    private static AuditRow RowOf(TestRows rows, int row)
    {
        var record = rows[row];
        return new AuditRow(row, record.Id, record.CreatedAtMs, record.Language)
        {
            IdHash = record.KeptKey?.IdHash,
            AddedPosition = record.Added,
            Removed = record.Remnant is { Ref: var named } ? new AuditRowName(named.SegmentId, named.Row, named.AddedPosition) : null,
        };
    }
}
