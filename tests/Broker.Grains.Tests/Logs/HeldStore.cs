using Broker.Grains.Logs;

namespace Broker.Grains.Tests.Logs;

/// <summary>A store whose appends wait, in order, until the test lets each go.</summary>
internal sealed class HeldStore(SimulatedDisk disk) : ILogStore
{
    private readonly Queue<(LogAppend Append, TaskCompletionSource<LogAppendResult> Answer)> _held = new();

    /// <summary>Every append that it was handed.</summary>
    public List<LogAppend> Appends { get; } = [];

    /// <summary>What is read in the disk's place, or null.</summary>
    public IReadOnlyList<LogEntry>? Read { get; set; }

    public int Held => _held.Count;

    public Task<LogHead> TakeOverAsync(LogName log, CancellationToken cancellationToken) => Task.FromResult(disk.TakeOver());

    public Task<LogAppendResult> AppendAsync(LogAppend append, CancellationToken cancellationToken)
    {
        Appends.Add(append);
        var answer = new TaskCompletionSource<LogAppendResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _held.Enqueue((append, answer));
        return answer.Task;
    }

    public IAsyncEnumerable<LogEntry> ReadAsync(LogName log, long fromPosition, CancellationToken cancellationToken) =>
        (Read ?? disk.Entries).Skip((int)fromPosition - 1).ToAsyncEnumerable();

    public IAsyncEnumerable<LogName> ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>The oldest append takes effect and is answered.</summary>
    public void LetGo()
    {
        var (append, answer) = _held.Dequeue();
        answer.SetResult(disk.Append(append));
    }

    /// <summary>The oldest append fails.</summary>
    public void Fail(Exception failure) => _held.Dequeue().Answer.SetException(failure);
}
