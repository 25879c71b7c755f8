using System.Collections.Immutable;
using Broker.Domain;
using Broker.Grains.Logs;

namespace Broker.Grains.Tests.Logs;

/// <summary>What must hold of what was decided and told.</summary>
internal sealed partial class LogSimulation
{
    private Decision<Note> Decide(SimulatedCall call, ImmutableList<long> state, Decision<Note> decision)
    {
        AssertSound(call, state);
        var checks = call.At.WaitingChecks - (call.IsCheck ? 1 : 0);
        Assert.True(call.At.WaitingEvents < Options.QueueEventsMax && checks < Options.QueueChecksMax, "More waits than may.");
        call.At.Expected = call.At.Expected.AddRange(decision.Events.Select(note => note.Value));
        return decision;
    }

    private Told ReadOf(SimulatedCall call, ImmutableList<long> state)
    {
        AssertSound(call, state);
        return new Told(state, 0, state.Count, false, null);
    }

    /// <summary>Nothing is decided on a state that differs from what is on disk and what has queued for it.</summary>
    private void AssertSound(SimulatedCall call, ImmutableList<long> state)
    {
        call.WasDecided = true;
        Assert.False(call.At.HasFailed, "It decided after an append had failed.");
        Assert.Equal(call.At.Expected, state);
        if (Disk.Fence == call.At.Machine.Fence) Assert.Equal(Disk.Values, state.Take(Disk.Values.Count));
    }

    private void CheckAnswers()
    {
        foreach (var activation in _activations) CheckActivation(activation);
        foreach (var call in _waiting.Where(call => call.Answer.IsCompleted).ToArray())
        {
            if (call.Answer.IsFaulted) CheckFailure(call, call.Answer.Exception.InnerException!);
            else CheckAnswer(call, call.Answer.Result);
            if (call.IsCheck) call.At.WaitingChecks--;
            _waiting.Remove(call);
            _answered.Add(call);
        }
    }

    private static void CheckActivation(SimulatedActivation activation)
    {
        Assert.Equal(activation.ShouldFail, activation.HasFailed);
        if (activation.Activating.IsFaulted)
            Assert.True(activation.Activating.Exception.InnerException is LogUnavailableException or LogFencedException or IOException, $"{activation.Activating.Exception}");
    }

    /// <summary>All that an answer rests on is on disk, and what it acknowledges was so while the activation held the log.</summary>
    private void CheckAnswer(SimulatedCall call, Told told)
    {
        Assert.False(call.At.HasFailed, "It answered after an append had failed.");
        Assert.Equal(Disk.Values.Take(told.Seen.Count), told.Seen);
        var isRepeat = told.IsRepeat;
        if (call.IsCheck || isRepeat) Assert.True(call.At.AcceptedStart > call.Started, "It acknowledged without a check of the fence.");
        if (call.Kind == CallKind.Write) CheckWrite(call, told);
        else Assert.Equal(call.Kind is CallKind.Refusal or CallKind.CheckedRefusal, told.Refusal is not null);
    }

    private void CheckWrite(SimulatedCall call, Told told)
    {
        if (told.Refusal is { } refusal)
        {
            Assert.Equal(RefusalReason.RequestIdReused, refusal.Reason);
            Assert.False(IsDigestOnDisk(call.Request!.Value));
            return;
        }

        var (from, count) = ((int)told.First - 1, (int)(told.Last - told.First) + 1);
        Assert.Equal(call.Values, Disk.Values.Skip(from).Take(count));
        if (call.Request is { } request) Assert.True(IsDigestOnDisk(request));
        if (told.IsRepeat) return;
        Assert.All(Disk.Entries.Skip(from).Take(count), entry => Assert.Equal(call.At.Machine.Fence, entry.Fence));
        Assert.Equal(told.Seen.Count, told.Last);
    }

    /// <summary>Whether the first use of the id, which is on disk, had the same body.</summary>
    private bool IsDigestOnDisk(RequestKey request) =>
        Disk.Requests[request.Id].Envelope.RequestDigest.Span.SequenceEqual(request.Digest.Span);

    private void CheckFailure(SimulatedCall call, Exception failure)
    {
        if (failure is LogOverloadedException)
        {
            var repeatsMax = _waiting.Count(other => other != call && other.At == call.At && other is { Kind: CallKind.Write, WasDecided: false });
            var checks = call.At.WaitingChecks - (call.IsCheck ? 1 : 0) + repeatsMax;
            Assert.False(call.WasDecided);
            Assert.True(call.At.WaitingEvents >= Options.QueueEventsMax || checks >= Options.QueueChecksMax, "It was turned away without need.");
            return;
        }

        Assert.True(failure is LogUnavailableException or LogFencedException, $"{failure}");
        Assert.True(call.At.HasFailed);
    }

    /// <summary>The faults end; everybody gets an answer; the log replays to what is on disk, from a snapshot or without.</summary>
    private void End()
    {
        _faultsPercent = 0;
        RunToEnd(Task.CompletedTask);
        Assert.Empty(_waiting);
        Assert.False(Disk.IsRequestDoubled);
        foreach (var call in _answered) CheckFinally(call);
        foreach (var services in new[] { _services, _services with { Snapshots = null } }) CheckReplay(services);
    }

    private void CheckFinally(SimulatedCall call)
    {
        if (call.Answer.IsCompletedSuccessfully)
        {
            if (call.Kind == CallKind.Write) CheckWrite(call, call.Answer.Result);
        }
        else if (call.WasDecided && call.Answer.Exception!.InnerException is LogFencedException or LogUnavailableException { OutcomeUnknown: false })
        {
            Assert.DoesNotContain(Disk.Entries.Zip(Disk.Values), pair => pair.First.Fence == call.At.Machine.Fence && call.Values.Contains(pair.Second));
        }
    }

    private void CheckReplay(LogServices services)
    {
        var activation = new SimulatedActivation(this, services);
        activation.Activate();
        RunToEnd(activation.Activating);
        Assert.True(activation.IsReady, $"{activation.Activating.Exception}");
        Assert.Equal(Disk.Values, activation.Machine.State);
        foreach (var (position, envelope) in Disk.Requests.Values)
        {
            var repeat = Turns.Start(() => activation.Machine.ExecuteAsync(
                static (_, _) => throw new InvalidOperationException("It was forgotten."), ToldOf, new RequestKey(envelope.RequestId, envelope.RequestDigest.Memory)));
            RunToEnd(repeat);
            Assert.Equal((position, position + envelope.RequestEvents - 1, true), (repeat.Result.First, repeat.Result.Last, repeat.Result.IsRepeat));
        }
    }

    private void PumpAndCheck()
    {
        Turns.Pump();
        CheckAnswers();
    }

    private void RunToEnd(Task task)
    {
        PumpAndCheck();
        while (_pending.Count > 0)
        {
            Answer(_pending[0]);
            PumpAndCheck();
        }

        Assert.True(task.IsCompleted);
    }
}
