using Broker.Domain.Deals;

namespace Broker.Domain.Tests.Generators;

/// <summary>A deal's state beside the log that made it.</summary>
internal sealed class DealLog
{
    private readonly List<(DateTimeOffset At, DealEvent Fact)> _entries = [];

    public DealState State { get; private init; } = new();

    public DateTimeOffset Now { get; set; } = Given.Start;

    public IReadOnlyList<(DateTimeOffset At, DealEvent Fact)> Entries => _entries;

    public Decision<DealEvent> Do(Func<DealState, DateTimeOffset, Decision<DealEvent>> decide)
    {
        var decision = decide(State, Now);
        foreach (var fact in decision.Events) Append(fact);
        return decision;
    }

    public void Append(DealEvent fact)
    {
        State.Apply(State.Position + 1, Now, fact);
        _entries.Add((Now, fact));
    }

    /// <summary>The same log and time, going on from another state of it.</summary>
    public DealLog GoOn(DealState state)
    {
        var log = new DealLog { State = state, Now = Now };
        log._entries.AddRange(_entries);
        return log;
    }

    public DealState Replay()
    {
        var state = new DealState();
        foreach (var (index, entry) in _entries.Index()) state.Apply(index + 1, entry.At, entry.Fact);
        return state;
    }

    /// <summary>A deal that is active under these terms.</summary>
    public static DealLog Active(ContractTerms terms, string partner = Given.Acme)
    {
        var log = new DealLog { Now = terms.TermStart };
        Assert.Null(log.Do((state, now) => DealRules.Propose(state, partner, terms, "ann", now)).Refusal);
        Assert.Null(log.Do((state, now) => DealRules.Approve(state, "bob", now)).Refusal);
        Assert.Equal(DealLife.Active, log.State.Life);
        return log;
    }

    /// <summary>Sweeps until nothing is due.</summary>
    public void Sweep()
    {
        while (!Do(DealRules.Sweep).Events.IsEmpty) { }
    }

    /// <summary>Proposes and approves an amendment.</summary>
    public void Amend(ContractTerms terms, DateTimeOffset effectiveAt)
    {
        Assert.Null(Do((state, now) => DealRules.Amend(state, terms, effectiveAt, "ann", now)).Refusal);
        Assert.Null(Do((state, now) => DealRules.ApproveAmendment(state, state.Amendment!.Version, "bob", now)).Refusal);
    }
}
