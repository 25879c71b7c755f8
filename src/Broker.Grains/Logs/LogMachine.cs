using System.Collections.Immutable;
using Broker.Domain;
using Broker.Domain.Restores;
using Microsoft.Extensions.Logging;

namespace Broker.Grains.Logs;

/// <summary>One log's decisions: decided against the speculative state (durable and queued), applied at once, answered when
/// durable. All that <see cref="LogGrain{TState, TEvent}"/> does, without Orleans.</summary>
/// <remarks>Not thread-safe: it lives on one grain's turns, where nothing runs beside it between two awaits. After a
/// failed append it answers nothing more and asks to be dropped; the next activation takes the log over.</remarks>
/// <typeparam name="TState">What the log's events amount to.</typeparam>
/// <typeparam name="TEvent">The log's event type.</typeparam>
public sealed class LogMachine<TState, TEvent> : IGroupCommitOwner<TEvent>
{
    private readonly LogName _log;
    private readonly LogDefinition<TState, TEvent> _definition;
    private readonly LogServices _services;
    private readonly ILogger _logger;
    private readonly LogClock _clock;
    private readonly SnapshotPublisher _snapshots;
    private readonly LogMarkKeeper _marks;
    private RequestIds _requests;
    private Protos.Log.V1.Reconciled? _reconciled;
    private LogHead? _head;
    private GroupCommit<TEvent>? _commit;
    private ReadOnlyMemory<byte> _lastHash = LogChain.Origin;

    /// <summary>A machine that has not yet taken its log over.</summary>
    public LogMachine(LogName log, LogDefinition<TState, TEvent> definition, LogServices services)
    {
        _log = log;
        _definition = definition;
        _services = services;
        _logger = services.Loggers.CreateLogger("Broker.Log");
        _clock = new LogClock(services.Time);
        _snapshots = new SnapshotPublisher(log, services, _logger);
        _marks = new LogMarkKeeper(log, services.Marks, services, _logger);
        _requests = new RequestIds(services.Options.RequestIdsKept);
        State = definition.Initial();
    }

    /// <summary>Called once when an append failed: drop this machine and its state.</summary>
    public Action<Exception>? Failed { get; set; }

    /// <summary>Called, on the turn and before any caller is answered, with events that just became durable. Must not throw.</summary>
    public Action<IReadOnlyList<LoggedEvent<TEvent>>>? Durable { get; set; }

    /// <summary>The speculative state: durable and queued events. Never answer from it except through
    /// <see cref="ExecuteAsync{TResult}"/> or <see cref="ReadAsync{TResult}"/>.</summary>
    public TState State { get; private set; }

    /// <summary>Position of the last event in <see cref="State"/>; the next one gets this plus one.</summary>
    public long LastPosition { get; private set; }

    /// <summary>Position of the last durable event.</summary>
    public long DurablePosition => Commit.DurablePosition;

    /// <summary>The fence that this activation holds; 1 where the log is brand-new.</summary>
    public long Fence => Head.Fence;

    /// <summary>Monotonic timestamp right after the log was taken over: the fence had risen by then.</summary>
    public long TakenOverAt { get; private set; }

    /// <summary>Monotonic timestamp of the start of the last append (an empty one, or the take-over, included) that the
    /// store accepted: this activation held the log at that moment.</summary>
    public long LastAcceptedAppendStart { get; private set; }

    /// <summary>Why nothing may be reserved, released, sent again or leased; or null. Commands that do so ask for it as they decide.</summary>
    public Refusal? Hold => _marks.Hold;

    /// <summary>How the log differs from what was acknowledged once, or that nobody can tell; or null.</summary>
    public RestoreGap? Gap => _marks.Gap;

    /// <summary>The high-water mark that is being raised, if any; for tests.</summary>
    public Task MarkRaised => _marks.Raising;

    private LogHead Head => _head ?? throw new InvalidOperationException($"{_log} has not been taken over yet.");

    private GroupCommit<TEvent> Commit => _commit ?? throw new InvalidOperationException($"{_log} has not been replayed yet.");

    /// <summary>Raises the log's fence; from here on no other activation can append.</summary>
    /// <exception cref="LogUnavailableException">The store does not answer.</exception>
    public async Task TakeOverAsync(CancellationToken cancellationToken)
    {
        LastAcceptedAppendStart = _services.Time.GetTimestamp();
        _head = await _services.Store.TakeOverAsync(_log, cancellationToken);
        TakenOverAt = _services.Time.GetTimestamp();
        _services.Meter.TookOver();
        _clock.Anchor(_head.StoreTime);
    }

    /// <summary>Rebuilds the state from the newest usable snapshot and the entries after it. Then commands may come.</summary>
    /// <exception cref="LogCorruptException">The log is not what was written.</exception>
    /// <exception cref="LogFencedException">Another activation has taken the log over meanwhile, and written.</exception>
    public async Task ReplayAsync(CancellationToken cancellationToken)
    {
        var snapshot = await LoadSnapshotAsync(cancellationToken);
        if (!await TryReplayAsync(snapshot, cancellationToken)) await TryReplayAsync(null, cancellationToken);
        var from = _snapshots.LastPosition;
        if (LastPosition != Head.LastPosition || !_lastHash.Span.SequenceEqual(Head.LastHash.Span))
            throw new LogCorruptException(_log, LastPosition + 1, $"the entries end here, but the log's head says {Head.LastPosition}, or another hash");
        _commit = new GroupCommit<TEvent>(_log, Head, _services, _logger, this);
        LogMessages.Replayed(_logger, _log, Fence, LastPosition, LastPosition - from, from);
        await _marks.StartAsync(Head, _reconciled, mark => HashAtAsync(mark, cancellationToken), cancellationToken);
    }

    /// <summary>The log's time now: the store's clock carried on, never backwards.</summary>
    public DateTimeOffset Now() => _clock.Now();

    /// <summary>Decides a command and applies its events at once; answers when they are durable.</summary>
    /// <param name="decide">Pure. Gets the speculative state and the log's time.</param>
    /// <param name="answer">Makes the answer from the state right after the events, at once; must not throw.</param>
    /// <param name="request">Where given, the same id and body are carried out once; the same id with another body is
    /// refused with <see cref="RefusalReason.RequestIdReused"/>.</param>
    /// <param name="settle">What an answer without events waits for; by default a refusal for what it saw, and
    /// everything else (a repeat, a no-op: an acknowledgement) for a check of the fence.</param>
    /// <exception cref="LogOverloadedException">Too much waits; nothing was decided.</exception>
    /// <exception cref="LogUnavailableException">Not made durable, or not known to be.</exception>
    /// <exception cref="LogFencedException">Another activation has the log.</exception>
    public async Task<TResult> ExecuteAsync<TResult>(
        Func<TState, DateTimeOffset, Decision<TEvent>> decide,
        Func<Decided<TState, TEvent>, TResult> answer,
        RequestKey? request = null,
        Settle? settle = null)
    {
        Commit.ThrowIfClosed();
        var durable = Decide(decide, request, settle, out var decided);
        var result = answer(decided);
        await durable;
        return result;
    }

    /// <summary>Decides many commands one after another, each against the state that the one before it left, as if each came by itself;
    /// done when all are durable. They go in few appends: nothing is written before the last is decided.</summary>
    /// <param name="commands">The commands, in their order.</param>
    /// <param name="decide">Pure. Gets the command, the speculative state and the log's time.</param>
    /// <param name="answer">Told of each command's outcome by its index, at once; must not throw. What it makes of it counts once this is done.</param>
    /// <exception cref="LogOverloadedException">Too much waits. Commands before it may have been decided, and may become durable.</exception>
    /// <exception cref="LogUnavailableException">Not made durable, or not known to be.</exception>
    /// <exception cref="LogFencedException">Another activation has the log.</exception>
    public async Task ExecuteAllAsync<TCommand>(
        IReadOnlyList<TCommand> commands, Func<TCommand, TState, DateTimeOffset, Decision<TEvent>> decide, Action<int, Decided<TState, TEvent>> answer)
    {
        var written = Gather(() =>
        {
            var appends = new List<Task>();
            for (var index = 0; index < commands.Count; index++)
            {
                Commit.ThrowIfClosed();
                var now = Now();
                var durable = Carry(decide(commands[index], State, now), now, request: null, settle: null, out var decided);
                answer(index, decided);
                if (appends.Count == 0 || !ReferenceEquals(appends[^1], durable)) appends.Add(durable);
            }

            return appends;
        });
        foreach (var append in written) await append; // where one fails, so do those behind it, and none is left unobserved
    }

    /// <summary>Starts several commands whose entries go together: what they queue before they first wait is written when all are started.</summary>
    public TResult Gather<TResult>(Func<TResult> start)
    {
        Commit.BeginGathering();
        try
        {
            return start();
        }
        finally
        {
            Commit.EndGathering();
        }
    }

    /// <summary>Decides a command; returns its refusal, or null when it is done and durable.</summary>
    /// <inheritdoc cref="ExecuteAsync{TResult}"/>
    public Task<Refusal?> ExecuteAsync(
        Func<TState, DateTimeOffset, Decision<TEvent>> decide, RequestKey? request = null, Settle? settle = null) =>
        ExecuteAsync(decide, static decided => decided.Refusal, request, settle);

    /// <summary>Answers from the speculative state, when all that it saw is durable.</summary>
    /// <exception cref="LogOverloadedException">Too much waits; only where it checks the fence.</exception>
    /// <exception cref="LogUnavailableException">What it saw was not made durable, or is not known to be.</exception>
    /// <exception cref="LogFencedException">Another activation has the log.</exception>
    public async Task<TResult> ReadAsync<TResult>(Func<TState, DateTimeOffset, TResult> read, Settle settle = Settle.LastSeen)
    {
        if (settle == Settle.CheckFence) Commit.ThrowIfClosed();
        else Commit.ThrowIfFailed();
        var result = read(State, Now());
        await Commit.SettleAsync(settle);
        return result;
    }

    /// <summary>Makes sure, by an append that starts from now on, that this activation still holds the log. Never turned away:
    /// it goes on with a call that was let in.</summary>
    /// <exception cref="LogUnavailableException">The store does not answer.</exception>
    /// <exception cref="LogFencedException">Another activation has the log.</exception>
    public Task CheckFenceAsync() => Commit.SettleAsync(Settle.CheckFence);

    /// <summary>Writes that the log was reconciled after a restore, starts its high-water mark anew and ends the hold.</summary>
    /// <param name="by">Who did it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What was amiss; null where nothing was, and nothing was written. Nothing was written either, and the hold goes on, where the
    /// mark cannot be read.</returns>
    /// <exception cref="LogUnavailableException">Not made durable, or not known to be.</exception>
    /// <exception cref="LogFencedException">Another activation has the log.</exception>
    /// <exception cref="IOException">It is written, and the mark was not reset: the hold goes on; reconcile again.</exception>
    public async Task<RestoreGap?> ReconcileAsync(string by, CancellationToken cancellationToken)
    {
        Commit.ThrowIfClosed();
        if (Gap is not { Kind: not RestoreGapKind.MarkUnreadable } gap) return await ReadAsync((_, _) => Gap, Settle.CheckFence);

        var reconciled = new Protos.Log.V1.Reconciled { Expected = LogEnvelopes.ToMark(gap.Expected), Found = LogEnvelopes.ToMark(gap.Found), By = by };
        var entry = LogChain.Next(_lastHash.Span, LastPosition + 1, Fence, Now(), LogEnvelopes.Encode(reconciled));
        PassOver(reconciled, entry.Position);
        _lastHash = entry.Hash;
        await Commit.EnqueueAsync([entry], []);
        await _marks.ResetAsync(entry.Position, entry.Hash, cancellationToken);
        LogMessages.Reconciled(_logger, _log, by, entry.Position);
        return gap;
    }

    /// <summary>Leaves a last high-water mark, where the object store answers: for an orderly stop.</summary>
    public Task StopAsync() => _marks.StopAsync();

    /// <summary>The snapshot that is being published, if any; for an orderly stop and for tests.</summary>
    public Task SnapshotPublished => _snapshots.Publishing;

    void IGroupCommitOwner<TEvent>.OnAccepted(long start, DateTimeOffset storeTime, IReadOnlyList<LoggedEvent<TEvent>> events)
    {
        LastAcceptedAppendStart = start;
        _clock.Anchor(storeTime);
        _marks.Raise(Commit.DurablePosition, Commit.DurableHash);
        if (events.Count == 0) return;
        Durable?.Invoke(events);
        _snapshots.PublishUpTo(Commit.DurablePosition);
    }

    void IGroupCommitOwner<TEvent>.OnFailed(Exception failure)
    {
        _marks.Abandon();
        Failed?.Invoke(failure);
    }

    private Task Decide(
        Func<TState, DateTimeOffset, Decision<TEvent>> decide, RequestKey? request, Settle? settle, out Decided<TState, TEvent> decided)
    {
        var now = Now();
        if (request is { } repeated && _requests.Find(repeated.Id) is { } known)
            return Repeat(known, repeated, now, out decided);

        return Carry(decide(State, now), now, request, settle, out decided);
    }

    private Task Carry(Decision<TEvent> decision, DateTimeOffset now, RequestKey? request, Settle? settle, out Decided<TState, TEvent> decided)
    {
        var before = LastPosition;
        var durable = decision.Events.Length > 0
            ? Append(decision.Events, now, request)
            : Commit.SettleAsync(settle ?? SettleOf(decision));
        decided = new(State, decision, LastPosition > before ? before + 1 : 0, LastPosition, now, IsRepeat: false);
        return durable;
    }

    private Task Repeat(Protos.Log.V1.RememberedRequest known, RequestKey request, DateTimeOffset now, out Decided<TState, TEvent> decided)
    {
        var same = known.RequestDigest.Span.SequenceEqual(request.Digest.Span);
        var decision = same
            ? Decision<TEvent>.Nothing
            : Decision<TEvent>.Refuse(RefusalReason.RequestIdReused, $"Request id '{request.Id}' was used with another body. Use a new id.", "request_id");
        decided = same
            ? new(State, decision, known.FirstPosition, known.FirstPosition + known.Events - 1, now, IsRepeat: true)
            : new(State, decision, 0, LastPosition, now, IsRepeat: false);
        return Commit.SettleAsync(SettleOf(decision));
    }

    private static Settle SettleOf(Decision<TEvent> decision) => decision.Refusal is null ? Settle.CheckFence : Settle.LastSeen;

    /// <summary>Everything is encoded before anything is applied: an event that cannot be written changes nothing.</summary>
    private Task Append(ImmutableArray<TEvent> events, DateTimeOffset now, RequestKey? request)
    {
        var entries = Chain(events, now, request);
        var logged = new LoggedEvent<TEvent>[events.Length];
        for (var i = 0; i < logged.Length; i++) logged[i] = new(entries[i].Position, now, events[i]);
        ApplyDecided(logged);
        _lastHash = entries[^1].Hash;
        if (request is { } key) _requests.Remember(key.Id, key.Digest.Span, entries[0].Position, entries.Length);
        KeepSnapshotWhenDue(now);
        return Commit.EnqueueAsync(entries, logged);
    }

    private LogEntry[] Chain(ImmutableArray<TEvent> events, DateTimeOffset now, RequestKey? request)
    {
        var entries = new LogEntry[events.Length];
        var previous = _lastHash;
        for (var i = 0; i < entries.Length; i++)
        {
            var payload = LogEnvelopes.Encode(_definition.Codec.Encode(events[i]), i == 0 ? request : null, events.Length);
            if (payload.Length > LogLimits.EntryBytesMax)
                throw new ArgumentException($"An event of {payload.Length} bytes does not fit in an entry of {_log} ({LogLimits.EntryBytesMax}).", nameof(events));
            entries[i] = LogChain.Next(previous.Span, LastPosition + 1 + i, Fence, now, payload);
            previous = entries[i].Hash;
        }

        return entries;
    }

    private void ApplyDecided(LoggedEvent<TEvent>[] events)
    {
        try
        {
            foreach (var logged in events) Apply(logged);
        }
        catch (Exception failure)
        {
            // Half applied: the speculative state is lost, and with it this activation. Nothing of it was queued.
            LogMessages.ApplyFailed(_logger, _log, LastPosition, failure);
            Commit.Fail(new LogUnavailableException($"An event could not be applied to {_log}; its state is loaded anew.", outcomeUnknown: true, failure));
            throw;
        }
    }

    private void Apply(LoggedEvent<TEvent> logged)
    {
        State = _definition.Apply(State, logged);
        LastPosition = logged.Position;
    }

    private void PassOver(Protos.Log.V1.Reconciled reconciled, long position)
    {
        State = _definition.PassOver(State, position);
        (_reconciled, LastPosition) = (reconciled, position);
    }

    private void KeepSnapshotWhenDue(DateTimeOffset now)
    {
        if (_definition.SnapshotCodec is not { } codec || !_snapshots.IsDue(LastPosition)) return;
        _snapshots.Keep(LastPosition, _lastHash, () =>
        {
            var (position, hash, reconciled, requests) = (LastPosition, _lastHash, _reconciled, _requests.OldestFirst());
            var encode = codec.Freeze(State);
            return () => LogEnvelopes.EncodeSnapshot(position, hash, now, encode(), requests, reconciled);
        });
    }

    /// <summary>The hash of the entry where the mark lies, or null where the log ends before it.</summary>
    private async Task<ReadOnlyMemory<byte>?> HashAtAsync(LogMark mark, CancellationToken cancellationToken)
    {
        if (mark.Position > Head.LastPosition) return null;
        if (mark.Position == Head.LastPosition) return Head.LastHash;
        if (mark.Position == 0) return LogChain.Origin;
        await foreach (var entry in _services.Store.ReadAsync(_log, mark.Position, cancellationToken)) return entry.Hash;
        throw new LogCorruptException(_log, mark.Position, "the entry is missing");
    }

    private async Task<Protos.Log.V1.LogSnapshot?> LoadSnapshotAsync(CancellationToken cancellationToken)
    {
        if (_definition.SnapshotCodec is null || _services.Snapshots is null) return null;
        var published = await _snapshots.LoadAsync(cancellationToken);
        if (published is null || published.Position <= Head.LastPosition) return published;
        LogMessages.SnapshotIgnored(_logger, _log, published.Position, "the log ends before it", null);
        return null;
    }

    /// <summary>Replays from the snapshot, or from nothing where it is null.</summary>
    /// <returns>False where the snapshot is not of this log's past.</returns>
    private async Task<bool> TryReplayAsync(Protos.Log.V1.LogSnapshot? snapshot, CancellationToken cancellationToken)
    {
        if (!TryRestore(snapshot)) return false;
        await foreach (var entry in _services.Store.ReadAsync(_log, Math.Max(1, LastPosition), cancellationToken))
        {
            if (entry.Position > LastPosition)
            {
                Replay(entry);
            }
            else if (entry.Hash.Span.SequenceEqual(_lastHash.Span))
            {
                _clock.NotBefore(entry.DecidedAt);
            }
            else
            {
                LogMessages.SnapshotIgnored(_logger, _log, entry.Position, "the log holds another hash there", null);
                return false;
            }
        }

        return true;
    }

    private bool TryRestore(Protos.Log.V1.LogSnapshot? snapshot)
    {
        _requests = new RequestIds(_services.Options.RequestIdsKept);
        LastPosition = snapshot?.Position ?? 0;
        _lastHash = snapshot is null ? LogChain.Origin : snapshot.Hash.Memory;
        _reconciled = snapshot?.Reconciled;
        _snapshots.StartAt(LastPosition);
        if (snapshot is null)
        {
            State = _definition.Initial();
            return true;
        }

        foreach (var request in snapshot.Requests) _requests.Remember(request);
        return TryDecodeState(snapshot);
    }

    private bool TryDecodeState(Protos.Log.V1.LogSnapshot snapshot)
    {
        try
        {
            State = _definition.SnapshotCodec!.Decode(snapshot.State.Memory, snapshot.Position);
            return true;
        }
        catch (Exception failure) when (failure is InvalidDataException or Google.Protobuf.InvalidProtocolBufferException or EndOfStreamException or ArgumentException)
        {
            LogMessages.SnapshotIgnored(_logger, _log, snapshot.Position, "its state cannot be read", failure);
            return false;
        }
    }

    private void Replay(LogEntry entry)
    {
        // Written after this take-over, so by a later one: there is nothing wrong with the log.
        if (entry.Position > Head.LastPosition && entry.Fence > Fence) throw new LogFencedException(_log, Fence);
        if (entry.Position != LastPosition + 1) throw new LogCorruptException(_log, LastPosition + 1, "missing");
        var envelope = LogEnvelopes.Decode(_log, entry);
        if (envelope.Reconciled is { } reconciled) PassOver(reconciled, entry.Position);
        else Apply(new(entry.Position, entry.DecidedAt, _definition.Codec.Decode(envelope.Event.Memory)));
        _lastHash = entry.Hash;
        _clock.NotBefore(entry.DecidedAt);
        if (envelope.RequestId.Length > 0)
            _requests.Remember(envelope.RequestId, envelope.RequestDigest.Span, entry.Position, envelope.RequestEvents);
    }
}
