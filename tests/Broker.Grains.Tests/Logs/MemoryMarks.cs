using Broker.Grains.Logs;

namespace Broker.Grains.Tests.Logs;

/// <summary>One log's mark in memory, which a test may make unreadable or slow.</summary>
internal sealed class MemoryMarks : ILogMarks
{
    public LogMark? Mark { get; set; }

    /// <summary>Positions that were raised to, in order; a raise that changed nothing too.</summary>
    public List<long> Raises { get; } = [];

    public bool IsDown { get; set; }

    /// <summary>What a raise waits for.</summary>
    public Task Slow { get; set; } = Task.CompletedTask;

    public Task<LogMark?> LoadAsync(LogName log, CancellationToken cancellationToken) => IsDown ? throw new IOException("down") : Task.FromResult(Mark);

    public async Task RaiseAsync(LogName log, LogMark mark, CancellationToken cancellationToken)
    {
        await Slow;
        if (IsDown) throw new IOException("down");
        Raises.Add(mark.Position);
        if (Mark is null || Mark.Position < mark.Position) Mark = mark;
    }

    public Task ResetAsync(LogName log, LogMark mark, CancellationToken cancellationToken)
    {
        if (IsDown) throw new IOException("down");
        Mark = mark;
        return Task.CompletedTask;
    }
}
