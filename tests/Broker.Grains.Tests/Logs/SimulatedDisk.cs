using Broker.Grains.Logs;
using Broker.Protos.Log.V1;

namespace Broker.Grains.Tests.Logs;

/// <summary>What lies on disk of one log, and the store's clock. It verifies what it is given.</summary>
internal sealed class SimulatedDisk
{
    private readonly List<LogEntry> _entries = [];
    private readonly List<long> _values = [];
    private readonly Dictionary<string, (long Position, LogEnvelope Envelope)> _requests = [];

    public long Fence { get; private set; }

    public DateTimeOffset Clock { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public IReadOnlyList<LogEntry> Entries => _entries;

    /// <summary>The values of the notes on disk, in order.</summary>
    public IReadOnlyList<long> Values => _values;

    /// <summary>Whether a request's id is on disk twice.</summary>
    public bool IsRequestDoubled { get; private set; }

    /// <summary>The requests on disk: where the first entry of each lies.</summary>
    public IReadOnlyDictionary<string, (long Position, LogEnvelope Envelope)> Requests => _requests;

    private ReadOnlyMemory<byte> LastHash => _entries is [.., var last] ? last.Hash : LogChain.Origin;

    public static Note NoteOf(LogEntry entry) => NoteOf(LogEnvelope.Parser.ParseFrom(entry.Payload.Span));

    /// <summary>Which incarnation of the store this is.</summary>
    public string Store { get; set; } = "";

    /// <summary>How often the store was started, or put in place, anew.</summary>
    public int Runs { get; set; }

    public LogHead TakeOver() => new(++Fence, _entries.Count, LastHash, Clock) { Store = Store, Run = Run };

    private string Run => $"{Store}@{Runs}";

    /// <summary>Puts a backup in place: what came after the position is gone, and take-overs after it where a fence is given.</summary>
    public void RestoreTo(int position, long? fence = null)
    {
        (Fence, Runs) = (fence ?? Fence, Runs + 1);
        _entries.RemoveRange(position, _entries.Count - position);
        _values.RemoveRange(position, _values.Count - position);
    }

    public LogAppendResult Append(LogAppend append)
    {
        if (append.Run != Run) return new(LogAppendOutcome.OtherRun, Clock);
        if (append.Fence != Fence) return new(LogAppendOutcome.Fenced, Clock);
        if (append.ExpectedLastPosition != _entries.Count) return new(LogAppendOutcome.PositionMismatch, Clock);
        foreach (var entry in append.Entries) Add(entry);
        return new(LogAppendOutcome.Appended, Clock);
    }

    private void Add(LogEntry entry)
    {
        Assert.Equal((Fence, _entries.Count + 1), (entry.Fence, entry.Position));
        Assert.Equal(LogChain.HashOf(LastHash.Span, entry.Position, entry.Fence, entry.DecidedAt, entry.Payload.Span), entry.Hash.ToArray());
        Assert.True(_entries is not [.., var last] || last.DecidedAt <= entry.DecidedAt, "decided_at ran backwards");
        var envelope = LogEnvelope.Parser.ParseFrom(entry.Payload.Span);
        if (envelope.RequestId.Length > 0) IsRequestDoubled |= !_requests.TryAdd(envelope.RequestId, (entry.Position, envelope));
        _entries.Add(entry);
        _values.Add(envelope.Reconciled is null ? NoteOf(envelope).Value : 0);
    }

    private static Note NoteOf(LogEnvelope envelope) => Note.Log.Codec.Decode(envelope.Event.Memory);
}
