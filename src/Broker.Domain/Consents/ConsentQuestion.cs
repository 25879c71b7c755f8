using Broker.Domain.Platforms;

namespace Broker.Domain.Consents;

/// <summary>One question about many users of a book: of which kinds their consent has been in force without a break since a position or before.</summary>
/// <remarks>What <see cref="ConsentBook.Since"/> says of each kind, told at once. It remembers answers: ask it while nothing is added to the book.</remarks>
public sealed class ConsentQuestion
{
    private readonly ConsentBook _book;
    private readonly RecordKinds _kinds;
    private readonly Purposes _purposes;
    private readonly string _partner;
    private readonly long _since;
    private readonly long _at;
    private (ushort Jurisdiction, ushort NoticeVersion)? _lastDefault;
    private RecordKinds _lastDefaultKinds;

    internal ConsentQuestion(ConsentBook book, RecordKinds kinds, Purposes purposes, string partner, long since, long at) =>
        (_book, _kinds, _purposes, _partner, _since, _at) = (book, kinds & RecordKinds.All, purposes, partner, since, at);

    /// <summary>The kinds, of those asked for, of which it has been in force for the user since the question's position or before, up to its end.</summary>
    public RecordKinds KindsOf(int user)
    {
        if (_book.FindHistory(user) is { } history) return history.KindsSince(_book.Policies, _kinds, _purposes, _partner, _since, _at);
        var (jurisdiction, version, position) = _book.DefaultOf(user);
        if (version == 0 || position > _at || position > _since) return RecordKinds.None;

        // Neighbours who never decided mostly live under the same rule and had the same notice.
        if (_lastDefault == (jurisdiction, version)) return _lastDefaultKinds;
        _lastDefault = (jurisdiction, version);
        return _lastDefaultKinds = DefaultKinds(jurisdiction, version);
    }

    private RecordKinds DefaultKinds(ushort jurisdiction, int version)
    {
        var kinds = RecordKinds.None;
        foreach (var kind in RecordKindSets.Each)
            if (_kinds.Contains(kind) && _book.DefaultSince(jurisdiction, kind, _purposes, version, _at) is { } since && since <= _since)
                kinds |= kind.ToSet();
        return kinds;
    }
}
