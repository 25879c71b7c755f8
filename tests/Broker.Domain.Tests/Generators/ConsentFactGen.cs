using System.Collections.Immutable;
using Broker.Domain.Consents;
using Broker.Domain.Partitions;
using CsCheck;

namespace Broker.Domain.Tests.Generators;

/// <summary>Logs of everything that consent rests on, in any order that a partition's log may have.</summary>
internal static class ConsentFactGen
{
    private enum Step
    {
        Announce,
        Enter,
        AddUser,
        Move,
        RunNotice,
        Decide,
    }

    /// <summary>A log of up to 30 facts about three users or more; each step is read against those before it.</summary>
    public static readonly Gen<PartitionEvent[]> Log = Gen.Select(
        Gen.Frequency((2, Step.Announce), (3, Step.Enter), (1, Step.AddUser), (2, Step.Move), (4, Step.RunNotice), (4, Step.Decide)),
        Gen.Int[0, 8], Gen.Int[0, 8], PolicyGen.Any, DecisionGen.Any).Array[0, 30].Select(ToLog);

    private static PartitionEvent[] ToLog((Step Step, int First, int Second, Policy Policy, ConsentDecision Decision)[] steps)
    {
        var (log, announced, entered, users) = (new List<PartitionEvent>(), 0, 0, 0);
        foreach (var jurisdiction in PolicyGen.Jurisdictions) log.Add(new UserAdded(users++, [], jurisdiction));
        foreach (var (step, first, second, policy, decision) in steps)
        {
            PartitionEvent? fact = step switch
            {
                Step.Announce => new PolicyAnnounced(policy with { Version = ++announced }),
                Step.Enter when entered < announced => new PolicyInForce(entered = Math.Min(announced, entered + 1 + first % 2)),
                Step.AddUser => new UserAdded(users++, [], PolicyGen.Jurisdictions[first % 3]),
                Step.Move => new JurisdictionChanged(first % users, PolicyGen.Jurisdictions[second % 3]),
                Step.RunNotice when announced > 0 => new NoticeRun(1 + second % announced, Given.Start, Run(first % users, users, second)),
                Step.Decide => new ConsentChanged(first % users, decision),
                _ => null,
            };
            if (fact is not null) log.Add(fact);
        }

        return [.. log];
    }

    private static ImmutableArray<UserRun> Run(int first, int users, int length) => [new UserRun(first, Math.Min(users - 1, first + length % 2))];
}
