using System.Globalization;
using Broker.Auditor.Logs;
using Broker.Protos.Log.V1;
using Google.Protobuf;
using EventCase = Broker.Protos.Log.V1.DealEvent.EventOneofCase;

namespace Broker.Auditor.Deals;

/// <summary>Replays one deal's log from nothing and checks each entry against the ones before it.</summary>
internal sealed class DealReplay
{
    private readonly LogFindings _findings;
    private readonly SortedDictionary<int, Version> _versions = [];
    private readonly Ledger _ledger;
    private Life _life;
    private int _inForce;

    // Position of the newest suspension or end that not every partition has answered; 0 for none.
    private long _revocation;

    public DealReplay(LogFindings findings) => (_findings, _ledger) = (findings, new Ledger(findings));

    public IReadOnlyDictionary<string, Reservation> Reservations => _ledger.Reservations;

    public Sum Posted => _ledger.Posted;

    public Sum Credited => _ledger.Credited;

    public string Partner { get; private set; } = "";

    /// <summary>Whether the deal has ended with a duty to delete, and every partition has answered its end.</summary>
    public bool OwesDeletion => _life == Life.Ended && _revocation == 0 && _versions.TryGetValue(_inForce, out var version) && version.Terms.DeleteAtEnd;

    /// <summary>The terms of a version that came in force; null for any other.</summary>
    public Terms? TermsOf(int version) => _versions.TryGetValue(version, out var known) && known.WasInForce ? known.Terms : null;

    public void Apply(VerifiedEntry entry)
    {
        if (Parse(entry) is not { } fact) return;
        var place = new VerifiedPlace(entry.Position, entry.DecidedAtMicros);
        _findings.Check(_life != Life.None || fact.EventCase == EventCase.Proposed, Promise.Order, "The log does not begin with the deal's proposal.");
        var isKnown = ApplyLedger(fact, place) || ApplyContract(fact, place) || ApplyLife(fact, place);
        _findings.Check(isKnown, Promise.Order, "The entry is of a kind that this auditor does not know.");
    }

    private DealEvent? Parse(VerifiedEntry entry)
    {
        try
        {
            return DealEvent.Parser.ParseFrom(entry.Event.Span);
        }
        catch (InvalidProtocolBufferException failure)
        {
            _findings.Add(Promise.Order, $"The entry is no event of a deal: {failure.Message}");
            return null;
        }
    }

    private bool ApplyLedger(DealEvent fact, VerifiedPlace place)
    {
        switch (fact.EventCase)
        {
            case EventCase.Reserved: Reserve(fact.Reserved, place); break;
            case EventCase.Posted: _ledger.Post(fact.Posted.Id, Sum.Of(fact.Posted.Actual)); break;
            case EventCase.Voided: _ledger.Void(fact.Voided.Id); break;
            case EventCase.Credited: _ledger.Credit(fact.Credited.Id, Sum.Of(fact.Credited.Total)); break;
            default: return false;
        }

        return true;
    }

    private bool ApplyContract(DealEvent fact, VerifiedPlace place)
    {
        switch (fact.EventCase)
        {
            case EventCase.Proposed:
                Live(Life.Proposed, _life == Life.None);
                (Partner, _inForce) = (fact.Proposed.Partner, 1);
                _versions[1] = new Version(fact.Proposed.Terms, fact.Proposed.By, long.MinValue) { WasInForce = true };
                break;
            case EventCase.Approved:
                Live(Life.Approved, _life == Life.Proposed);
                Approve(1, fact.Approved.By);
                break;
            case EventCase.AmendmentProposed:
                var amended = fact.AmendmentProposed;
                _findings.Check(amended.Version == _inForce + 1, Promise.Order, $"Version {amended.Version} was proposed where {_inForce + 1} is next.");
                _versions[amended.Version] = new Version(amended.Terms, amended.By, amended.EffectiveTicks);
                break;
            case EventCase.AmendmentApproved: Approve(fact.AmendmentApproved.Version, fact.AmendmentApproved.By); break;
            case EventCase.VersionInForce: Enter(fact.VersionInForce.Version, place); break;
            default: return false;
        }

        return true;
    }

    private bool ApplyLife(DealEvent fact, VerifiedPlace place)
    {
        switch (fact.EventCase)
        {
            case EventCase.Activated: Live(Life.Active, _life == Life.Approved); break;
            case EventCase.Resumed:
                _findings.Check(_revocation == 0, Promise.Order, "The deal was resumed before every partition had answered its suspension.");
                Live(Life.Active, _life == Life.Suspended);
                break;
            case EventCase.Suspended: Stop(Life.Suspended, _life == Life.Active); break;
            case EventCase.Expired:
                var isOver = _versions.TryGetValue(_inForce, out var version) && version.Terms.TermEndTicks <= place.Ticks;
                _findings.Check(isOver, Promise.Order, "The deal expired before its term was over.");
                Stop(Life.Ended, _life is not (Life.None or Life.Ended));
                break;
            case EventCase.Terminated: Stop(Life.Ended, _life is not (Life.None or Life.Ended)); break;
            case EventCase.RevocationCompleted: Complete(fact.RevocationCompleted.Position); break;
            default: return false;
        }

        return true;
    }

    private void Reserve(Reserved reserved, VerifiedPlace place)
    {
        var known = _versions.GetValueOrDefault(_inForce);
        _findings.Check(_life == Life.Active, Promise.Charges, $"Reservation {reserved.Id} was made while the deal was {_life.ToString().ToLowerInvariant()}.");
        _findings.Check(reserved.ContractVersion == _inForce, Promise.Charges, $"Reservation {reserved.Id} was made under version {reserved.ContractVersion}; {_inForce} was in force.");
        _findings.Check(Sum.Of(reserved.Allowance).IsWithin(Sum.Of(reserved.Asked)), Promise.Charges, $"Reservation {reserved.Id} allows more than was asked for.");
        _findings.Check(place.Ticks - TimeSpan.TicksPerMicrosecond < reserved.ValidUntilTicks, Promise.Charges, $"Reservation {reserved.Id} was over before it was made.");
        _findings.Check(known is null || reserved.ValidUntilTicks <= known.Terms.TermEndTicks, Promise.Charges, $"Reservation {reserved.Id} outlives the contract's term.");
        _findings.Check(IsDayOf(reserved, place), Promise.Charges, $"Reservation {reserved.Id} counts for {reserved.Day} of {reserved.Month}, which is not when it was made.");
        _ledger.Reserve(
            new Reservation
            {
                Id = reserved.Id,
                Position = place.Position,
                ContractVersion = reserved.ContractVersion,
                Allowance = Sum.Of(reserved.Allowance),
                ValidUntilTicks = reserved.ValidUntilTicks,
                Day = reserved.Day,
                Month = reserved.Month,
            },
            known?.Terms.Limits ?? []);
    }

    // The entry names its day so that nobody needs a time zone's history: no zone is more than a day away from UTC.
    private static bool IsDayOf(Reserved reserved, VerifiedPlace place)
    {
        if (!DateOnly.TryParseExact(reserved.Day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return false;
        var made = DateOnly.FromDateTime(DateTime.UnixEpoch.AddTicks(place.Ticks));
        return Math.Abs(day.DayNumber - made.DayNumber) <= 1 && reserved.Day.StartsWith(reserved.Month + "-", StringComparison.Ordinal) && reserved.Month.Length == "yyyy-MM".Length;
    }

    private void Approve(int number, string by)
    {
        if (!_versions.TryGetValue(number, out var version))
        {
            _findings.Add(Promise.Order, $"Version {number} was approved and never proposed.");
            return;
        }

        _findings.Check(version.ProposedBy != by, Promise.Order, $"Version {number} was approved by {by}, who proposed it.");
        version.IsApproved = true;
    }

    private void Enter(int number, VerifiedPlace place)
    {
        var isDue = _versions.TryGetValue(number, out var version) && version.IsApproved && version.EffectiveTicks <= place.Ticks && number == _inForce + 1;
        if (!_findings.Check(isDue, Promise.Order, $"Version {number} came in force without approval, before its time, or out of its turn.")) return;
        version!.WasInForce = true;
        _inForce = number;
    }

    private void Stop(Life life, bool mayBe)
    {
        Live(life, mayBe);
        _revocation = _findings.Position;
    }

    private void Complete(long position)
    {
        if (_revocation == position) _revocation = 0;
        if (_life is not (Life.Suspended or Life.Ended)) return;
        var open = _ledger.Reservations.Values.FirstOrDefault(reservation => reservation.IsOpen && reservation.Position < position);
        _findings.Check(
            open is null, Promise.Charges, $"Every partition has answered what position {position} stopped, and reservation {open?.Id} is neither posted nor voided.");
    }

    private void Live(Life life, bool mayBe)
    {
        _findings.Check(mayBe, Promise.Order, $"The deal cannot become {life.ToString().ToLowerInvariant()} while it is {_life.ToString().ToLowerInvariant()}.");
        _life = life;
    }

    private enum Life
    {
        None,
        Proposed,
        Approved,
        Active,
        Suspended,
        Ended,
    }

    private sealed class Version(ContractTerms? terms, string proposedBy, long effectiveTicks)
    {
        public Terms Terms { get; } = new(terms ?? new ContractTerms());

        public string ProposedBy { get; } = proposedBy;

        public long EffectiveTicks { get; } = effectiveTicks;

        public bool IsApproved { get; set; }

        public bool WasInForce { get; set; }
    }
}
