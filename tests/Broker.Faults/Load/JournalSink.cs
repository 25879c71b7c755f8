using System.Text.Json;
using Broker.Client;
using Broker.Client.Pulls;
using Broker.Client.Recalls;
using Broker.Faults.Rig;

namespace Broker.Faults.Load;

/// <summary>A partner's disk and its book in one: a line for each slice, written when it is kept.</summary>
internal sealed class JournalSink : ISliceSink, IRecalledCopies, IDisposable
{
    private readonly HashSet<SliceId> _held = [];
    private readonly StreamWriter _file;
    private Dictionary<int, int> _cursors = [];

    /// <summary>Starts an empty one.</summary>
    public JournalSink(string path) => _file = new StreamWriter(path) { AutoFlush = true };

    public IReadOnlyCollection<SliceId> Held => [.. _held];

    public IReadOnlyDictionary<int, int> RecallCursors => _cursors;

    public bool Holds(SliceId slice) => _held.Contains(slice);

    // No log is restored under it: each slice is the only one of its name.
    public string ReleaseOf(SliceId slice) => "";

    public Task SetAsideAsync(IReadOnlyCollection<SliceId> slices, CancellationToken cancellationToken) =>
        throw new InvalidOperationException($"The broker has lost {slices.Count} slices that were confirmed, the first {slices.First()}.");

    public Task KeepAsync(ReceivedSlice slice, CancellationToken cancellationToken)
    {
        Write(new JournalLine
        {
            At = Ticks.Now,
            Partition = slice.Id.Partition,
            Round = slice.Id.Round,
            Slice = slice.Id.Number,
            Resend = slice.Resend,
            Position = slice.Position,
            Records = [.. slice.Batches.SelectMany(batch => batch.Records).Select(record => new[] { record.Id, record.Author })],
        });
        if (!_held.Add(slice.Id)) throw new InvalidOperationException($"{slice.Id} is held already.");
        return Task.CompletedTask;
    }

    /// <summary>A pull ended.</summary>
    public void Pulled(PullResult result)
    {
        if (result.Total is { Slices: 0, LateSlices: 0, Breaks: 0 }) return;
        Write(new JournalLine { At = Ticks.Now, LateSlices = result.Total.LateSlices, Breaks = result.Total.Breaks });
    }

    /// <summary>A pull was refused.</summary>
    public void Refused(BrokerException error) => Write(new JournalLine { At = Ticks.Now, Refusal = error.Reason.Length > 0 ? error.Reason : error.Code.ToString() });

    /// <summary>Nothing more came.</summary>
    public void Done() => Write(new JournalLine { At = Ticks.Now, IsDone = true });

    // The book stays as it is: it says what came, not what is kept.
    public Task<RecallDeletion> DeleteAsync(IReadOnlyCollection<RecalledCopy> copies, CancellationToken cancellationToken) =>
        Task.FromResult(new RecallDeletion(copies.ToHashSet(), new HashSet<SliceId>()));

    public Task SaveRecallCursorsAsync(IReadOnlyDictionary<int, int> cursors, CancellationToken cancellationToken)
    {
        _cursors = new Dictionary<int, int>(cursors);
        return Task.CompletedTask;
    }

    public void Dispose() => _file.Dispose();

    private void Write(JournalLine line) => _file.WriteLine(JsonSerializer.Serialize(line, JournalLine.Format));
}
