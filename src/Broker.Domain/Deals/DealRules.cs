using System.Globalization;

namespace Broker.Domain.Deals;

/// <summary>What may happen to a deal.</summary>
public static class DealRules
{
    /// <summary>Proposes the deal. Where it exists that is refused: what makes a retry safe is its request id.</summary>
    public static Decision<DealEvent> Propose(DealState state, string partner, ContractTerms terms, string by, DateTimeOffset now)
    {
        if (state.Life != DealLife.None)
            return Refuse(RefusalReason.AlreadyExists, "A deal of this id exists; amend it, or choose another id.", "deal_id");
        return TermsRules.Validate(terms, now) is { } refusal
            ? Decision<DealEvent>.Refuse(refusal)
            : Decision<DealEvent>.Of(new DealProposed(partner, terms, by));
    }

    /// <summary>Approves the deal, by another person than the proposer; active at once where its term has begun.</summary>
    public static Decision<DealEvent> Approve(DealState state, string by, DateTimeOffset now)
    {
        if (state.Life != DealLife.Proposed) return WrongLife(state, "approved");
        if (state.Versions[0].ProposedBy == by) return FourEyes();
        if (now >= state.Terms.TermEnd) return Refuse(RefusalReason.WrongState, "The term is over already.", "name");
        return state.Terms.TermStart <= now
            ? Decision<DealEvent>.Of(new DealApproved(by), new DealActivated())
            : Decision<DealEvent>.Of(new DealApproved(by));
    }

    /// <summary>Proposes a new version from a time on; one that was never approved gives way to it.</summary>
    public static Decision<DealEvent> Amend(DealState state, ContractTerms terms, DateTimeOffset effectiveAt, string by, DateTimeOffset now)
    {
        if (!MayBeAmended(state)) return WrongLife(state, "amended");
        if (state.Amendment is { ApprovedBy.Length: > 0 }) return Refuse(RefusalReason.WrongState, "An approved amendment is waiting to come in force.", "name");
        if (terms.TermStart != state.Terms.TermStart) return Refuse(RefusalReason.InvalidValue, "An amendment does not move the term's start.", "terms.start_time");
        if (terms.Price.Currency != state.Terms.Price.Currency) return Refuse(RefusalReason.InvalidValue, "An amendment does not change the currency.", "terms.price.amount.currency_code");
        if (terms.TimeZone != state.Terms.TimeZone) return Refuse(RefusalReason.InvalidValue, "An amendment does not change the time zone.", "terms.time_zone");
        if (effectiveAt >= terms.TermEnd || effectiveAt > state.Terms.TermEnd)
            return Refuse(RefusalReason.InvalidValue, "The amendment would come in force after the term.", "effective_time");
        return TermsRules.Validate(terms, now) is { } refusal
            ? Decision<DealEvent>.Refuse(refusal)
            : Decision<DealEvent>.Of(new AmendmentProposed(state.InForce + 1, terms, effectiveAt, by));
    }

    /// <summary>Approves the amendment, by another person than its proposer; it comes in force by an entry of its own.</summary>
    public static Decision<DealEvent> ApproveAmendment(DealState state, int version, string by, DateTimeOffset now)
    {
        if (!MayBeAmended(state)) return WrongLife(state, "amended");
        if (state.Amendment is not { } amendment || amendment.Version != version)
            return Refuse(RefusalReason.WrongState, $"No amendment of version {version} awaits approval.", "version");
        if (amendment.ApprovedBy.Length > 0) return Decision<DealEvent>.Nothing;
        if (amendment.ProposedBy == by) return FourEyes();
        var approved = new AmendmentApproved(version, by);
        return amendment.EffectiveAt <= now ? Decision<DealEvent>.Of(approved, new VersionInForce(version)) : Decision<DealEvent>.Of(approved);
    }

    /// <summary>Suspends an active deal; a repeat changes nothing.</summary>
    public static Decision<DealEvent> Suspend(DealState state, string reason, string by) => state.Life switch
    {
        DealLife.Suspended => Decision<DealEvent>.Nothing,
        DealLife.Active => Decision<DealEvent>.Of(new DealSuspended(reason, by)),
        _ => WrongLife(state, "suspended"),
    };

    /// <summary>Resumes a suspended deal, once everybody has answered its suspension.</summary>
    public static Decision<DealEvent> Resume(DealState state, string by)
    {
        if (state.Life == DealLife.Active) return Decision<DealEvent>.Nothing;
        if (state.Life != DealLife.Suspended) return WrongLife(state, "resumed");
        return state.Revocation is null
            ? Decision<DealEvent>.Of(new DealResumed(by))
            : Refuse(RefusalReason.WrongState, "The suspension has not been answered by every partition yet; try again.", "name");
    }

    /// <summary>Ends the deal for good; a repeat changes nothing.</summary>
    public static Decision<DealEvent> Terminate(DealState state, string reason, string by) => state.Life switch
    {
        DealLife.Terminated => Decision<DealEvent>.Nothing,
        DealLife.None or DealLife.Expired => WrongLife(state, "terminated"),
        _ => Decision<DealEvent>.Of(new DealTerminated(reason, by)),
    };

    /// <summary>Everything whose time has come by <paramref name="now"/>; one step a call.</summary>
    public static Decision<DealEvent> Sweep(DealState state, DateTimeOffset now)
    {
        if (state.Life is DealLife.None or DealLife.Expired or DealLife.Terminated) return Decision<DealEvent>.Nothing;
        // The amendment first: one that prolongs the term came in force before the term it replaces was over, however late the sweep.
        if (state.Amendment is { ApprovedBy.Length: > 0 } amendment && now >= amendment.EffectiveAt)
            return Decision<DealEvent>.Of(new VersionInForce(amendment.Version));
        if (now >= state.Terms.TermEnd) return Decision<DealEvent>.Of(new DealExpired());
        return state.Life == DealLife.Approved && now >= state.Terms.TermStart
            ? Decision<DealEvent>.Of(new DealActivated())
            : Decision<DealEvent>.Nothing;
    }

    /// <summary>Sets amounts aside for one slice; idempotent by id.</summary>
    public static Decision<DealEvent> Reserve(DealState state, string id, int contractVersion, Amounts asked, Amounts first, DateTimeOffset now)
    {
        if (state.Ledger.Find(id) is { } known) return Repeat(known, contractVersion, asked, first);
        if (NotActive(state, now) is { } inactive) return Decision<DealEvent>.Refuse(inactive);
        if (contractVersion != state.InForce)
            return Refuse(RefusalReason.ContractChanged, $"Version {state.InForce} of the contract is in force.", "contract_version");
        if (!first.FitsIn(asked) || asked.Records < 1 || first.Records != 1)
            return Refuse(RefusalReason.InvalidValue, "Ask for at least the first record.", "amounts");

        var (day, month) = PeriodsAt(state.Terms, now);
        var (allowance, limit, refusal) = state.Ledger.Allow(state.Terms, asked, first, day, month);
        if (refusal is not null) return Decision<DealEvent>.Refuse(refusal);
        return Decision<DealEvent>.Of(new Reserved(id, contractVersion, asked, first, allowance, limit, ValidUntil(state), day, month));
    }

    /// <summary>Charges the actual amounts of a reservation; a repeat changes nothing.</summary>
    public static Decision<DealEvent> Post(DealState state, string id, Amounts actual)
    {
        if (state.Ledger.Find(id) is not { } reservation) return UnknownReservation(id);
        if (reservation.Actual is { } posted)
            return posted == actual ? Decision<DealEvent>.Nothing : Refuse(RefusalReason.RequestIdReused, "The reservation was posted with other amounts.", "amounts");
        if (reservation.IsVoid) return Refuse(RefusalReason.ReservationVoid, "The reservation was voided.", "id");
        return actual.FitsIn(reservation.Reserved.Allowance)
            ? Decision<DealEvent>.Of(new Posted(id, actual))
            : Refuse(RefusalReason.InvalidValue, "More than was set aside.", "amounts");
    }

    /// <summary>Gives a reservation back whole; a repeat changes nothing.</summary>
    public static Decision<DealEvent> Void(DealState state, string id)
    {
        if (state.Ledger.Find(id) is not { } reservation) return Decision<DealEvent>.Nothing; // never reserved: nothing to give back
        if (reservation.IsVoid) return Decision<DealEvent>.Nothing;
        return reservation.IsPending
            ? Decision<DealEvent>.Of(new Voided(id))
            : Refuse(RefusalReason.WrongState, "The reservation was posted; credit it.", "id");
    }

    /// <summary>Credits a posted reservation up to a total; a repeat, or a smaller total, changes nothing.</summary>
    /// <remarks>A credit that comes before its post carries the post: the released amounts are what the reservation's
    /// partition says of it, and the post says the same later.</remarks>
    public static Decision<DealEvent> Credit(DealState state, string id, Amounts total)
    {
        if (state.Ledger.Find(id) is not { } reservation) return UnknownReservation(id);
        if (reservation.Actual is not { } actual) return Refuse(RefusalReason.WrongState, "The reservation is not posted yet; post it first.", "id");
        if (total.FitsIn(reservation.Credited)) return Decision<DealEvent>.Nothing;
        return total.FitsIn(actual) && reservation.Credited.FitsIn(total)
            ? Decision<DealEvent>.Of(new Credited(id, total))
            : Refuse(RefusalReason.InvalidValue, "More than was charged, or less than was credited before.", "amounts");
    }

    /// <summary>Every partition has answered.</summary>
    public static Decision<DealEvent> CompleteRevocation(DealState state, long position) =>
        state.Revocation?.Position == position ? Decision<DealEvent>.Of(new RevocationCompleted(position)) : Decision<DealEvent>.Nothing;

    /// <summary>Why nothing may be pulled now, or null.</summary>
    public static Refusal? NotActive(DealState state, DateTimeOffset now)
    {
        if (state.Life == DealLife.None) return new(RefusalReason.NotFound, "There is no such deal.", "deal");
        if (state.Life == DealLife.Active && now < state.Terms.TermEnd) return null;
        var life = state.Life == DealLife.Active ? DealLife.Expired : state.Life;
        var why = state.LifeReason.Length > 0 ? $": {state.LifeReason}" : "";
        return new(RefusalReason.DealNotActive, $"The deal is {life.ToString().ToLowerInvariant()}{why}.", "deal");
    }

    /// <summary>The day and month that now counts for, in the contract's zone; stands in the entry, so that replay asks no clock and no zone.</summary>
    public static (string Day, string Month) PeriodsAt(ContractTerms terms, DateTimeOffset now)
    {
        var local = TimeZoneInfo.ConvertTime(now, TimeZoneInfo.FindSystemTimeZoneById(terms.TimeZone));
        return (local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), local.ToString("yyyy-MM", CultureInfo.InvariantCulture));
    }

    private static bool MayBeAmended(DealState state) => state.Life is DealLife.Approved or DealLife.Active or DealLife.Suspended;

    private static DateTimeOffset ValidUntil(DealState state) =>
        state.Amendment is { ApprovedBy.Length: > 0 } next && next.EffectiveAt < state.Terms.TermEnd ? next.EffectiveAt : state.Terms.TermEnd;

    private static Decision<DealEvent> Repeat(Reservation known, int contractVersion, Amounts asked, Amounts first)
    {
        var reserved = known.Reserved;
        if (reserved.ContractVersion != contractVersion || reserved.Asked != asked || reserved.First != first)
            return Refuse(RefusalReason.RequestIdReused, "The reservation's id was used with other amounts.", "id");
        return known.IsVoid ? Refuse(RefusalReason.ReservationVoid, "The reservation was voided.", "id") : Decision<DealEvent>.Nothing;
    }

    private static Decision<DealEvent> WrongLife(DealState state, string what) => state.Life == DealLife.None
        ? Refuse(RefusalReason.NotFound, "There is no such deal.", "name")
        : Refuse(RefusalReason.WrongState, $"A deal that is {state.Life.ToString().ToLowerInvariant()} cannot be {what}.", "name");

    private static Decision<DealEvent> FourEyes() =>
        Refuse(RefusalReason.FourEyes, "Another person than the proposer must approve: four eyes.", "name");

    private static Decision<DealEvent> UnknownReservation(string id) => Refuse(RefusalReason.NotFound, $"There is no reservation {id}.", "id");

    private static Decision<DealEvent> Refuse(RefusalReason reason, string message, string field) => Decision<DealEvent>.Refuse(reason, message, field);
}
