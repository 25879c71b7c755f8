using System.Collections.Immutable;
using Broker.Protos.Log.V1;

namespace Broker.Auditor.Partitions;

/// <summary>A released slice and what became of it.</summary>
internal sealed class Slice
{
    private readonly ImmutableArray<(int First, int Last, uint Kinds)> _exclusions;

    public Slice(Released released, VerifiedPlace place)
    {
        (Round, Number, ContractVersion, ReservationId) = (released.Round, released.Number, released.ContractVersion, released.ReservationId);
        From = Cursor.Of(released.FromUser, released.FromKey);
        To = Cursor.Of(unchecked(released.FromUser + released.Users), released.ToKey);
        IntervalFrom = released.IntervalFrom;
        IntervalTo = released.IntervalFrom + released.IntervalLength;
        (Charged, Current) = (Sum.Of(released.Amounts), Sum.Of(released.Amounts));
        Digest = released.Digest.ToByteArray();
        Place = place;
        _exclusions = [.. Runs.Of(released.Exclusions, From.NextUser).Select((run, index) => (run.First, run.Last, KindsAt(released, index)))];
    }

    public int Round { get; }

    public int Number { get; }

    public int ContractVersion { get; }

    public string ReservationId { get; }

    public Cursor From { get; }

    public Cursor To { get; }

    public long IntervalFrom { get; }

    public long IntervalTo { get; }

    public Sum Charged { get; }

    /// <summary>SHA-256 of the ids that were released.</summary>
    public byte[] Digest { get; }

    public VerifiedPlace Place { get; }

    /// <summary>What the last send carried.</summary>
    public Sum Current { get; private set; }

    public int Resends { get; private set; }

    public SliceOutcome Outcome { get; private set; }

    /// <summary>Position of the last entry that settled or credited something; 0 for none.</summary>
    public long SettledPosition { get; private set; }

    public Sum Credited => Outcome == SliceOutcome.Dropped ? Charged : Charged - Current;

    public bool Reaches(int user) => user >= From.NextUser && user <= To.User;

    public uint ExcludedKindsOf(int user)
    {
        var kinds = 0u;
        foreach (var (first, last, mask) in _exclusions)
            if (user >= first && user <= last)
                kinds |= mask;
        return kinds;
    }

    /// <summary>The same for users that are asked for in ascending order.</summary>
    public Func<int, uint> ExclusionsInOrder()
    {
        var index = 0;
        return user =>
        {
            while (index < _exclusions.Length && _exclusions[index].Last < user) index++;
            return index < _exclusions.Length && _exclusions[index].First <= user ? _exclusions[index].Kinds : 0;
        };
    }

    public void Resend(Resent resent, long position)
    {
        (Resends, Current, SettledPosition) = (resent.Resend, Sum.Of(resent.Amounts), position);
        if (Current.Records == 0) Outcome = SliceOutcome.Received;
    }

    public void Settle(SliceOutcome outcome, long position) => (Outcome, SettledPosition) = (outcome, position);

    private static uint KindsAt(Released released, int index) => released.ExclusionKinds.Count switch
    {
        0 => 0,
        1 => released.ExclusionKinds[0],
        _ => index < released.ExclusionKinds.Count ? released.ExclusionKinds[index] : 0,
    };
}
