using Broker.Domain;
using Broker.Domain.Restores;
using Broker.Protos.Log.V1;
using Microsoft.Extensions.Logging;

namespace Broker.Grains.Logs;

/// <summary>One log's high-water mark: compared once the log is replayed, and raised in the background, never on an append's path.</summary>
/// <remarks>Not thread-safe: it lives on one grain's turns. A log whose mark it cannot read, or does not find in the log, is held.</remarks>
internal sealed class LogMarkKeeper(LogName log, ILogMarks? marks, LogServices services, ILogger logger)
{
    private LogHead? _head;
    private RestoreGap? _gap;
    private Func<LogMark, Task<ReadOnlyMemory<byte>?>>? _hashAt;
    private RestoreGap? _reconciled;
    private bool _isRead = marks is null;
    private LogMark? _newest;
    private long _raised;
    private bool _isRaising;
    private bool _isStopped;

    /// <summary>What is amiss, or null. Until the mark was read nobody can say whether anything is.</summary>
    public RestoreGap? Gap => _isRead || _head is null ? _gap : new(RestoreGapKind.MarkUnreadable, LogEnvelopes.PlaceOf(0, LogChain.Origin, ""), FoundPlace(_head));

    /// <summary>Completes when no mark is being raised. Never fails: a failure is logged.</summary>
    public Task Raising { get; private set; } = Task.CompletedTask;

    /// <summary>Why nothing may be reserved, released, sent again or leased; or null.</summary>
    public Refusal? Hold => !_isRead ? RestoreRules.RefuseUnread(log.Value) : _gap is { } gap ? RestoreRules.Refuse(log.Value, gap) : null;

    /// <summary>Compares the log, just replayed, with its mark.</summary>
    /// <param name="head">Where it ended when it was taken over.</param>
    /// <param name="reconciled">The newest reconciliation in it.</param>
    /// <param name="hashAt">The hash of the log's entry at a mark's position, or null where it has none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task StartAsync(LogHead head, Reconciled? reconciled, Func<LogMark, Task<ReadOnlyMemory<byte>?>> hashAt, CancellationToken cancellationToken)
    {
        (_head, _hashAt) = (head, hashAt);
        _reconciled = reconciled is null ? null : LogEnvelopes.ToGap(reconciled);
        await TryReadAsync(cancellationToken);
        Raise(head.LastPosition, head.LastHash);
    }

    /// <summary>Entries up to here are durable.</summary>
    public void Raise(long position, ReadOnlyMemory<byte> hash)
    {
        if (marks is null) return;
        _newest = new LogMark(position, _head!.Fence, hash, _head.Store);
        if (!_isRaising) Raising = RaiseAllAsync();
    }

    /// <summary>The operator's reconciliation is durable: the mark starts anew where the log stands, and the hold ends.</summary>
    /// <exception cref="IOException">The mark was not reset: reconcile again.</exception>
    public async Task ResetAsync(long position, ReadOnlyMemory<byte> hash, CancellationToken cancellationToken)
    {
        await marks!.ResetAsync(log, new LogMark(position, _head!.Fence, hash, _head.Store), cancellationToken);
        (_raised, _gap) = (position, null);
    }

    /// <summary>Leaves the newest mark, where it can, and raises none any more.</summary>
    public async Task StopAsync()
    {
        if (marks is null || _isStopped) return;
        _isStopped = true;
        if (_newest is { } mark && mark.Position > _raised) await RaiseAsync(mark);
    }

    /// <summary>Raises none any more.</summary>
    public void Abandon() => _isStopped = true;

    private async Task TryReadAsync(CancellationToken cancellationToken)
    {
        if (_isRead) return;
        try
        {
            var mark = await marks!.LoadAsync(log, cancellationToken);
            await CompareAsync(mark, cancellationToken);
            _isRead = true;
        }
        catch (IOException failure)
        {
            LogMessages.MarkUnread(logger, log, failure);
        }
    }

    private async Task CompareAsync(LogMark? mark, CancellationToken cancellationToken)
    {
        if (mark is null) return;
        var expected = LogEnvelopes.PlaceOf(mark.Position, mark.Hash, mark.Store);
        var found = FoundPlace(_head!);
        var there = await _hashAt!(mark);
        _gap = RestoreRules.Compare(expected, _reconciled, found, there is { } hash ? Convert.ToHexStringLower(hash.Span) : null);
        if (_gap is { } gap) LogMessages.Held(logger, log, gap.Kind, gap.Expected, gap.Found);
        // Reconciled, and then cut off before the mark was reset: that is done now.
        else if (expected == _reconciled?.Expected) await ResetAsync(_head!.LastPosition, _head.LastHash, cancellationToken);
    }

    private static LogPlace FoundPlace(LogHead head) => LogEnvelopes.PlaceOf(head.LastPosition, head.LastHash, head.Store);

    /// <summary>At most one write in each period; the newest mark is what goes.</summary>
    private async Task RaiseAllAsync()
    {
        _isRaising = true;
        while (!_isStopped && _gap is null && _newest is { } mark && (mark.Position > _raised || !_isRead))
        {
            await RaiseAsync(mark);
            await Task.Delay(services.Options.MarkEvery, services.Time);
        }

        _isRaising = false;
    }

    private async Task RaiseAsync(LogMark mark)
    {
        try
        {
            await TryReadAsync(CancellationToken.None);
            if (Hold is not null) return; // The old mark is what the operator has to see.
            await marks!.RaiseAsync(log, mark, CancellationToken.None);
            _raised = mark.Position;
        }
        catch (Exception failure)
        {
            LogMessages.MarkFailed(logger, log, mark.Position, failure);
        }
    }
}
