namespace Broker.Domain.Deals;

/// <summary>Everything that a deal's log says, folded. Changed by applying entries alone.</summary>
public sealed class DealState
{
    private readonly List<ContractVersion> _versions = [];
    private readonly SortedSet<int> _partitions = [];
    private readonly Queue<PendingRevocation> _revocations = [];

    /// <summary>Where it is in its life.</summary>
    public DealLife Life { get; private set; }

    /// <summary>Why it was suspended or terminated; empty otherwise.</summary>
    public string LifeReason { get; private set; } = "";

    /// <summary>The partner's id; empty before it was proposed.</summary>
    public string Partner { get; private set; } = "";

    /// <summary>When it was proposed.</summary>
    public DateTimeOffset ProposedAt { get; private set; }

    /// <summary>Every version, proposed ones included; version n is at index n − 1.</summary>
    public IReadOnlyList<ContractVersion> Versions => _versions;

    /// <summary>The version in force (or to be, before the term begins); 0 before it was proposed.</summary>
    public int InForce { get; private set; }

    /// <summary>Its terms.</summary>
    public ContractTerms Terms => _versions[InForce - 1].Terms;

    /// <summary>The newest amendment that is not in force, or null.</summary>
    public ContractVersion? Amendment => _versions.Count > InForce ? _versions[^1] : null;

    /// <summary>The quota.</summary>
    public QuotaLedger Ledger { get; } = new();

    /// <summary>Indexes of the partitions that ever reserved.</summary>
    public IReadOnlyCollection<int> Partitions => _partitions;

    /// <summary>The oldest order to stop that is not yet known to have been carried out everywhere; null when none is.</summary>
    /// <remarks>One after another: a narrowing that the partitions have not answered recalls what a suspension, or the end,
    /// that follows it does not.</remarks>
    public PendingRevocation? Revocation => _revocations.TryPeek(out var oldest) ? oldest : null;

    /// <summary>Position of the last applied entry.</summary>
    public long Position { get; private set; }

    /// <summary>Passes over an entry that is the log's own, a reconciliation after a restore: it changes no right and no amount.</summary>
    /// <param name="position">Its position, one more than the last.</param>
    public void PassOver(long position)
    {
        if (position != Position + 1) throw new InvalidOperationException($"Position {position} does not follow {Position}.");
        Position = position;
    }

    /// <summary>The state as it is now, to be kept while it goes on changing.</summary>
    /// <remarks>Costs one reference for each reservation: what stands in it never changes, and is shared.</remarks>
    public DealSnapshot Freeze() => new()
    {
        Position = Position,
        Life = Life,
        LifeReason = LifeReason,
        Partner = Partner,
        ProposedAt = ProposedAt,
        Versions = [.. _versions],
        InForce = InForce,
        Reservations = Ledger.Freeze(),
        Revocations = [.. _revocations],
    };

    /// <summary>The state that was frozen.</summary>
    /// <exception cref="ArgumentException">The snapshot contradicts itself: no state was ever like it.</exception>
    public static DealState Restore(DealSnapshot snapshot)
    {
        if (snapshot.InForce < 0 || snapshot.InForce > snapshot.Versions.Length) throw new ArgumentException($"There is no version {snapshot.InForce}.", nameof(snapshot));
        var state = new DealState
        {
            Position = snapshot.Position,
            Life = snapshot.Life,
            LifeReason = snapshot.LifeReason,
            Partner = snapshot.Partner,
            ProposedAt = snapshot.ProposedAt,
            InForce = snapshot.InForce,
        };
        state._versions.AddRange(snapshot.Versions);
        foreach (var revocation in snapshot.Revocations) state._revocations.Enqueue(revocation);
        foreach (var reservation in snapshot.Reservations)
        {
            state.Ledger.Restore(reservation);
            state.Note(reservation.Reserved);
        }

        return state;
    }

    /// <summary>Folds one entry in.</summary>
    public void Apply(long position, DateTimeOffset decidedAt, DealEvent fact)
    {
        PassOver(position);
        if (!ApplyLife(position, decidedAt, fact) && !ApplyContract(position, fact) && !ApplyLedger(decidedAt, fact))
            throw new InvalidOperationException($"No rule applies {fact.GetType().Name}.");
    }

    private bool ApplyLife(long position, DateTimeOffset decidedAt, DealEvent fact)
    {
        switch (fact)
        {
            case DealProposed proposed: Apply(proposed, decidedAt); break;
            case DealApproved approved: Approve(1, approved.By); Life = DealLife.Approved; break;
            case DealActivated: Life = DealLife.Active; break;
            case DealSuspended suspended: End(DealLife.Suspended, suspended.Reason, position); break;
            case DealResumed: (Life, LifeReason) = (DealLife.Active, ""); break;
            case DealExpired: End(DealLife.Expired, "", position); break;
            case DealTerminated terminated: End(DealLife.Terminated, terminated.Reason, position); break;
            case RevocationCompleted completed: Complete(completed.Position); break;
            default: return false;
        }

        return true;
    }

    private bool ApplyContract(long position, DealEvent fact)
    {
        switch (fact)
        {
            case AmendmentProposed amended:
                if (Amendment is not null) _versions.RemoveAt(_versions.Count - 1); // one that was never approved gives way
                _versions.Add(new ContractVersion(amended.Version, amended.Terms, amended.EffectiveAt, amended.By, ""));
                break;
            case AmendmentApproved approved: Approve(approved.Version, approved.By); break;
            case VersionInForce entered: Enter(position, entered.Version); break;
            default: return false;
        }

        return true;
    }

    private bool ApplyLedger(DateTimeOffset decidedAt, DealEvent fact)
    {
        switch (fact)
        {
            case Reserved reserved: Apply(reserved, decidedAt); break;
            case Posted posted: Ledger.Apply(posted); break;
            case Voided voided: Ledger.Apply(voided); break;
            case Credited credited: Ledger.Apply(credited); break;
            default: return false;
        }

        return true;
    }

    private void Apply(DealProposed proposed, DateTimeOffset decidedAt)
    {
        (Partner, ProposedAt, Life, InForce) = (proposed.Partner, decidedAt, DealLife.Proposed, 1);
        _versions.Add(new ContractVersion(1, proposed.Terms, proposed.Terms.TermStart, proposed.By, ""));
    }

    private void Apply(Reserved reserved, DateTimeOffset decidedAt)
    {
        Ledger.Apply(reserved, decidedAt);
        Note(reserved);
    }

    /// <summary>Remembers which partition reserved.</summary>
    private void Note(Reserved reserved)
    {
        if (Releases.ReservationId.TryParse(reserved.Id, out var id)) _partitions.Add(id.Partition);
    }

    private void Approve(int version, string by) => _versions[version - 1] = _versions[version - 1] with { ApprovedBy = by };

    private void Enter(long position, int version)
    {
        var narrows = Terms.Scope.IsNarrowedBy(_versions[version - 1].Terms.Scope);
        InForce = version;
        if (narrows) _revocations.Enqueue(new PendingRevocation(position, RevocationKind.Narrowed));
    }

    private void End(DealLife life, string reason, long position)
    {
        (Life, LifeReason) = (life, reason);
        _revocations.Enqueue(new PendingRevocation(position, life == DealLife.Suspended ? RevocationKind.Suspended : RevocationKind.Ended));
    }

    private void Complete(long position)
    {
        if (Revocation?.Position == position) _revocations.Dequeue();
    }
}

/// <summary>Something that partitions must have stopped before it is acknowledged.</summary>
/// <param name="Position">The entry that ordered it.</param>
/// <param name="Kind">What it is.</param>
public sealed record PendingRevocation(long Position, RevocationKind Kind);

/// <summary>What partitions must stop.</summary>
public enum RevocationKind
{
    /// <summary>The deal is suspended: nothing more leaves, nothing is recalled.</summary>
    Suspended = 1,

    /// <summary>The deal ended: nothing more leaves; recalled where the contract has a duty to delete.</summary>
    Ended = 2,

    /// <summary>The contract was narrowed, in records or in fields: records that it does not carry any more are recalled.</summary>
    Narrowed = 3,
}
