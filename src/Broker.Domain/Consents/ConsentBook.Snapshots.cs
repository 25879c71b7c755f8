namespace Broker.Domain.Consents;

/// <summary>The book, frozen and thawed.</summary>
public sealed partial class ConsentBook
{
    /// <summary>The book as it is now: 14 bytes are copied for each user, and 32 more for each who has a history of their own.</summary>
    internal ConsentSnapshot Freeze() => new()
    {
        Announced = [.. Policies.Announced],
        InForce = [.. Policies.InForce.Select(entry => (entry.Position, entry.Policy.Version))],
        LastOpening = LastOpening,
        Pending = [.. _pending],
        Jurisdictions = [.. _jurisdictions],
        JurisdictionOf = [.. _jurisdictionOf.AsSpan(0, UserCount)],
        NoticeVersionOf = [.. _noticeVersionOf.AsSpan(0, UserCount)],
        NoticePositionOf = [.. _noticePositionOf.AsSpan(0, UserCount)],
        NotifiedVersionOf = [.. _notifiedVersionOf.AsSpan(0, UserCount)],
        Histories = [.. _histories.Select(history => history.Value.Freeze(history.Key))],
    };

    /// <summary>The book that was frozen.</summary>
    /// <exception cref="ArgumentException">The snapshot contradicts itself: no book was ever like it.</exception>
    internal static ConsentBook Restore(ConsentSnapshot snapshot)
    {
        Check(snapshot);
        var users = snapshot.JurisdictionOf.Length;
        var book = new ConsentBook
        {
            LastOpening = snapshot.LastOpening,
            UserCount = users,
            _jurisdictionOf = [.. snapshot.JurisdictionOf],
            _noticeVersionOf = [.. snapshot.NoticeVersionOf],
            _noticePositionOf = [.. snapshot.NoticePositionOf],
            _notifiedVersionOf = [.. snapshot.NotifiedVersionOf],
        };
        foreach (var policy in snapshot.Announced) book.Policies.Announce(policy);
        foreach (var (position, version) in snapshot.InForce) book.Policies.Enter(version, position);
        foreach (var jurisdiction in snapshot.Jurisdictions) book.Intern(jurisdiction);
        foreach (var history in snapshot.Histories) book._histories.Add(history.User, UserConsent.Restore(history));
        book._pending.AddRange(snapshot.Pending);
        return book;
    }

    private static void Check(ConsentSnapshot snapshot)
    {
        var users = snapshot.JurisdictionOf.Length;
        if (snapshot.NoticeVersionOf.Length != users || snapshot.NoticePositionOf.Length != users || snapshot.NotifiedVersionOf.Length != users)
            throw new ArgumentException("The users' columns differ in length.", nameof(snapshot));
        if (snapshot.Jurisdictions is not ["", ..] || snapshot.Jurisdictions.Distinct().Count() != snapshot.Jurisdictions.Length)
            throw new ArgumentException("The first jurisdiction is not the empty one, or one stands twice.", nameof(snapshot));
        foreach (var jurisdiction in snapshot.JurisdictionOf)
            if (jurisdiction >= snapshot.Jurisdictions.Length)
                throw new ArgumentException($"There is no jurisdiction {jurisdiction}.", nameof(snapshot));
        foreach (var history in snapshot.Histories)
            if (history.User < 0 || history.User >= users)
                throw new ArgumentException($"There is no user {history.User}.", nameof(snapshot));
    }
}
