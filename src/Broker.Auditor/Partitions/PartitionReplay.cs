using Broker.Auditor.Consents;
using Broker.Auditor.Logs;
using Broker.Protos.Log.V1;
using Google.Protobuf;
using EventCase = Broker.Protos.Log.V1.PartitionEvent.EventOneofCase;

namespace Broker.Auditor.Partitions;

/// <summary>Replays one partition's log from nothing and checks each entry against the ones before it.</summary>
internal sealed class PartitionReplay
{
    private readonly LogFindings _findings;
    private readonly LogName _name;
    private readonly SegmentBook _segments;
    private readonly MergesAhead? _ahead;
    private readonly MergeCheck? _merges;
    private readonly ReleaseCheck _releases;
    private readonly ConsentReplay _consents;
    private readonly PullReplay _pulls;
    private bool _isCreated;

    /// <summary>A replay from nothing.</summary>
    /// <param name="name">The log.</param>
    /// <param name="rows">The segments' rows, or null.</param>
    /// <param name="ahead">The merges that the log has, where there are rows.</param>
    /// <param name="findings">Where what is wrong goes.</param>
    public PartitionReplay(LogName name, IRowSource? rows, MergesAhead? ahead, LogFindings findings)
    {
        (_name, _findings, _ahead) = (name, findings, ahead);
        _consents = new ConsentReplay(findings);
        _segments = new SegmentBook(ahead, findings);
        var book = rows is null ? null : new RowBook(name.Platform, rows, _segments, _consents);
        _merges = rows is null ? null : new MergeCheck(name.Platform, rows, _segments, _consents, findings);
        _releases = new ReleaseCheck(_consents, _segments, book, findings);
        _pulls = new PullReplay(_releases, findings);
        Recalls = new RecallReplay(_consents, _pulls, book, findings);
    }

    public RecallReplay Recalls { get; }

    public IReadOnlyDictionary<string, PartitionDeal> Deals => _pulls.Deals;

    public long UserCount => _consents.UserCount;

    public long WithdrawnCount => _consents.WithdrawnCount;

    /// <inheritdoc cref="ReleaseCheck.Nameless"/>
    public long NamelessSlices => _releases.Nameless;

    /// <summary>Checks the next entry; false where it is a merge that came after the log was read ahead: from there on its rows would be looked
    /// for in files of which nothing is known.</summary>
    public bool TryApply(VerifiedEntry entry)
    {
        if (Parse(entry) is not { } fact) return true;
        if (fact.EventCase == EventCase.SegmentsMerged && _ahead?.Knows(fact.SegmentsMerged) == false) return false;
        Apply(fact, entry);
        return true;
    }

    private void Apply(PartitionEvent fact, VerifiedEntry entry)
    {
        var place = new VerifiedPlace(entry.Position, entry.DecidedAtMicros);
        _findings.Check(_isCreated || fact.EventCase == EventCase.Created, Promise.Order, "The log does not begin with the partition's creation.");
        if (!MayBelongToARecall(fact.EventCase)) Recalls.Close();
        var isKnown = ApplyConsent(fact, place) || ApplyRecords(fact) || ApplyPulls(fact, place) || ApplyRecalls(fact, place);
        _findings.Check(isKnown, Promise.Order, "The entry is of a kind that this auditor does not know.");
    }

    /// <summary>The log is over.</summary>
    public void Finish()
    {
        Recalls.Close();
        if (_ahead is not null) _merges?.Check(_ahead);
    }

    private PartitionEvent? Parse(VerifiedEntry entry)
    {
        try
        {
            return PartitionEvent.Parser.ParseFrom(entry.Event.Span);
        }
        catch (InvalidProtocolBufferException failure)
        {
            _findings.Add(Promise.Order, $"The entry is no event of a partition: {failure.Message}");
            return null;
        }
    }

    /// <summary>What one append may hold between a withdrawal, a removal or a move and the recalls that follow from it.</summary>
    private static bool MayBelongToARecall(EventCase fact) => fact is
        EventCase.RecallIssued or EventCase.ConsentChanged or EventCase.JurisdictionChanged or EventCase.NoticesGiven or EventCase.UserAdded
        or EventCase.RecordsAdded or EventCase.RecordRemoved or EventCase.UserErased or EventCase.ReservationVoided or EventCase.ContractSeen;

    private bool ApplyConsent(PartitionEvent fact, VerifiedPlace place)
    {
        switch (fact.EventCase)
        {
            case EventCase.PolicyAnnounced: _consents.Announce(fact.PolicyAnnounced.Policy); break;
            case EventCase.PolicyInForce: Enter(place, fact.PolicyInForce.Version); break;
            case EventCase.UserAdded: _consents.Add(fact.UserAdded); break;
            case EventCase.NoticesGiven: _consents.Give(fact.NoticesGiven); break;
            case EventCase.NoticeRun: _consents.Run(place, fact.NoticeRun); break;
            case EventCase.JurisdictionChanged:
                _consents.Move(place.Position, fact.JurisdictionChanged.User, fact.JurisdictionChanged.Jurisdiction);
                Recalls.Touch(fact.JurisdictionChanged.User);
                break;
            case EventCase.ConsentChanged:
                _consents.Decide(place.Position, fact.ConsentChanged);
                Recalls.Touch(fact.ConsentChanged.User);
                break;
            default: return false;
        }

        return true;
    }

    private bool ApplyRecords(PartitionEvent fact)
    {
        switch (fact.EventCase)
        {
            case EventCase.Created: Create(fact.Created); break;
            case EventCase.RecordsAdded: _segments.Add(fact.RecordsAdded); break;
            case EventCase.SegmentsMerged: _segments.Merge(fact.SegmentsMerged); break;
            case EventCase.TokensCounted: _segments.Count(fact.TokensCounted); break;
            case EventCase.SegmentsDeleted: _segments.Delete(fact.SegmentsDeleted); break;
            case EventCase.RecordRemoved: Remove(fact.RecordRemoved); break;
            case EventCase.UserErased:
                _consents.Erase(_findings.Position, fact.UserErased.User);
                Recalls.Touch(fact.UserErased.User);
                break;
            case EventCase.UserKeyDestroyed:
                var user = fact.UserKeyDestroyed.User;
                _findings.Check(
                    _consents.Knows(user) && _consents.IsErased(user, _findings.Position), Promise.Order, $"User {user}'s key was destroyed without an erasure.");
                break;
            default: return false;
        }

        return true;
    }

    private bool ApplyPulls(PartitionEvent fact, VerifiedPlace place)
    {
        switch (fact.EventCase)
        {
            case EventCase.ContractSeen:
                _pulls.Apply(fact.ContractSeen);
                Recalls.TouchDeal(fact.ContractSeen.Deal);
                break;
            case EventCase.PullOpened: _pulls.Apply(fact.PullOpened); break;
            case EventCase.PullFinished: _pulls.Apply(fact.PullFinished); break;
            case EventCase.Released: _pulls.Apply(fact.Released, place); break;
            case EventCase.Resent: _pulls.Apply(fact.Resent, place); break;
            case EventCase.Confirmed: _pulls.Apply(fact.Confirmed); break;
            case EventCase.CreditsSettled: _pulls.Apply(fact.CreditsSettled); break;
            case EventCase.ReservationVoided: _pulls.Apply(fact.ReservationVoided); break;
            default: return false;
        }

        return true;
    }

    private bool ApplyRecalls(PartitionEvent fact, VerifiedPlace place)
    {
        switch (fact.EventCase)
        {
            case EventCase.RecallIssued: Recalls.Apply(fact.RecallIssued, place); break;
            case EventCase.RecallAnswered: Recalls.Apply(fact.RecallAnswered); break;
            case EventCase.TrainingRunRegistered: Recalls.Apply(fact.TrainingRunRegistered); break;
            default: return false;
        }

        return true;
    }

    private void Create(PartitionCreated created)
    {
        _findings.Check(!_isCreated, Promise.Order, "The partition was created twice.");
        _findings.Check(
            created.Platform == _name.Platform && created.Index.ToString(System.Globalization.CultureInfo.InvariantCulture) == _name.Id && created.Index < created.Count,
            Promise.Order,
            $"The log is of partition {created.Index} of {created.Count} of platform {created.Platform}, not of the one that it is named after.");
        _isCreated = true;
    }

    private void Enter(VerifiedPlace place, int version)
    {
        var before = _consents.Enter(place, version);
        if (before is not null && _consents.Policies.At(place.Position) is { } now && PolicyReplay.Narrows(before, now)) Recalls.TouchEveryDeal();
    }

    private void Remove(RecordRemoved removed)
    {
        if (_segments.Remove(removed) && _consents.Knows(removed.User)) Recalls.Touch(removed.User);
    }
}
