using System.Collections.Concurrent;
using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using CsCheck;

namespace Broker.EndToEnd.Audit;

/// <summary>Histories that the product's rules allow; the auditor, by rules of its own, must find nothing in any of them.</summary>
public sealed class HistoryAuditTests : AuditTest
{
    private const string Other = "other";

    // By the byte, so that charges and what is left of them are rounded.
    private static readonly ContractTerms OtherTerms = Given.Terms with
    {
        Price = new Price(PriceModel.PerGigabyte, 12_345_678, "USD"),
        Limits = [new QuotaLimit(QuotaDimension.Records, QuotaPeriod.Day, 7)],
        DeleteAtEnd = false,
    };

    private static readonly string[] Deals = [Given.Pact, Other];

    private static readonly PullFilter?[] Filters =
        [null, null, new() { Kinds = RecordKinds.Post }, new() { Languages = ["de"] }, new() { CreatedBeforeMs = 5 }, new() { Kinds = RecordKinds.Post | RecordKinds.Like, CreatedFromMs = 5, Datasets = [World.Dataset] }];

    private static readonly Gen<Step> AnyUserStep =
        Gen.Select(Gen.Int[0, World.Users - 1], Gen.Int[0, 40], Gen.Int[1, 5], Gen.Int[0, 7]).Select((user, days, kind, step) => new Step($"user {user} {step} days {days} kind {kind}", world =>
        {
            var decision = Given.Grant(world.Now.AddDays(-days)) with
            {
                Kinds = kind == 5 ? RecordKinds.All : ((RecordKind)kind).ToSet(),
                Purposes = (days % 4) switch { 0 => Given.Training, 1 => Purposes.Evaluation, _ => Purposes.All },
            };
            switch (step)
            {
                case 0: world.Decide(user, decision); break;
                case 1: world.Decide(user, decision with { Choice = ConsentChoice.Withdraw }); break;
                case 2: world.Decide(user, decision with { Choice = ConsentChoice.Withdraw, Partner = Given.Lab }); break;
                case 3: world.Decide(user, decision with { Partner = "globex" }); break;
                case 4: world.Move(user, days < 20 ? "EU" : ""); break;
                case 5: world.Tell(user); break;
                case 6 when days < 10: world.Erase(user); break;
                default: world.Decide(user, Given.Withdrawal(world.Now) with { Source = ConsentSource.GlobalPrivacyControl }); break;
            }
        }));

    private static readonly Gen<Step> AnyPullStep =
        Gen.Select(Gen.Int[0, 1].Select(index => Deals[index]), Gen.Int[1, 9], Gen.Int[0, 9], Gen.Bool).Select((deal, records, step, isPosted) => new Step($"pull {deal} {step} records {records} posted {isPosted}", world =>
        {
            if (!world.Partition.Deals.ContainsKey(deal) || DealRules.NotActive(world.Deals[deal], world.Now) is not null) return;
            if (!world.OpenRound(deal, Filters[(step + records) % Filters.Length])) return;
            var unconfirmed = world.Lineage(deal).Rounds.SelectMany(round => round.Slices).Where(slice => slice.Outcome == SliceOutcome.Unconfirmed).ToList();
            switch (step)
            {
                case < 3: world.Release(deal, records, isPosted); break;
                case < 5:
                    while (world.Release(deal, records) is { } slice) world.Confirm(deal, slice);
                    if (IsAtEnd(world, deal)) world.Finish(deal);
                    break;
                case 5 when unconfirmed.Count > 0: world.Confirm(deal, unconfirmed[records % unconfirmed.Count]); break;
                case 6 when unconfirmed.Count > 0: world.Drop(deal, unconfirmed[records % unconfirmed.Count]); break;
                case 7 when unconfirmed.Count > 0: world.Resend(deal, unconfirmed[records % unconfirmed.Count]); break;
                default: world.SettleCredits(deal); break;
            }
        }));

    private static readonly Gen<Step> AnyOtherStep =
        Gen.Select(Gen.Int[0, 1].Select(index => Deals[index]), Gen.Int[0, 60], Gen.Int[0, 12]).Select((deal, days, step) => new Step($"other {deal} {step} days {days}", world =>
        {
            switch (step)
            {
                case 0: AddSomething(world, days); break;
                case 1: RemoveSomething(world, days); break;
                case 2 or 3:
                    world.Now += TimeSpan.FromHours(13 * days);
                    world.Sweep();
                    break;
                case 4: world.Amend(deal, Amended(days)); break;
                case 5: world.Suspend(deal); break;
                case 6 or 7: world.Resume(deal); break;
                case 8 when days < 10: world.Terminate(deal); break;
                case 9: Tighten(world, days); break;
                default: AnswerSomething(world, days); break;
            }
        }));

    private static readonly Gen<Step> AnyMergeStep =
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 60]).Select((step, hours) => new Step($"merge {step} {hours}", world =>
        {
            switch (step)
            {
                case 0: world.PlanMerge(TimeSpan.FromHours(hours)); break;
                case 1: world.Merge(); break;
                case 2: world.DeleteRetired(); break;
                case 3:
                    world.PlanMerge(TimeSpan.Zero);
                    RemoveSomething(world, hours); // while the merge is being written
                    world.Merge();
                    break;
                default: DestroyAKey(world); break;
            }
        }));

    private static void DestroyAKey(World world)
    {
        foreach (var user in world.Partition.ErasedWithKey.Where(user => DatasetRules.CanDestroyKey(world.Partition, user, world.Now)).Take(1).ToList())
            world.Append(new UserKeyDestroyed(user));
    }

    /// <summary>Fewer kinds, another price, or another purpose.</summary>
    private static ContractTerms Amended(int days) => (days % 3) switch
    {
        0 => Given.PostsOnly,
        1 => Given.Terms with { Price = Given.Terms.Price with { Micros = days } },
        _ => Given.Terms with { Scope = Given.Terms.Scope with { Purposes = Purposes.Evaluation } },
    };

    /// <summary>What a sample of histories must have met, or it proves little.</summary>
    private static readonly string[] Met =
    [
        nameof(ConsentChanged), nameof(JurisdictionChanged), nameof(NoticesGiven), nameof(NoticeRun), nameof(PolicyInForce), nameof(RecordsAdded),
        nameof(RecordRemoved), nameof(UserErased), nameof(UserKeyDestroyed), nameof(SegmentsMerged), nameof(SegmentsDeleted), "carried removal", "remnants", nameof(PullOpened), nameof(PullFinished), nameof(Released), nameof(Resent), nameof(Confirmed),
        nameof(CreditsSettled), nameof(RecallAnswered), nameof(ContractSeen), nameof(VersionInForce), nameof(Credited), nameof(DealSuspended),
        nameof(DealResumed), nameof(DealTerminated), "filter",
        .. Enum.GetValues<RecallRule>().Where(rule => rule != RecallRule.Unspecified).Select(rule => $"recall {rule}"),
    ];

    [Fact]
    public void No_history_that_the_rules_allow_is_accused()
    {
        var met = new ConcurrentDictionary<string, bool>();
        Gen.Frequency((3, AnyUserStep), (5, AnyPullStep), (3, AnyOtherStep), (2, AnyMergeStep)).Array[1, 60].Sample(
            steps =>
            {
                var world = World.Begin();
                world.Propose(Other, OtherTerms, "globex");
                world.Learn(Other);
                world.ForgePartition = fact =>
                {
                    if (fact is SegmentsMerged { Carried.Length: > 0 }) met["carried removal"] = true;
                    if (fact is SegmentsMerged merged && merged.Outputs.Any(output => output.IsRemnants)) met["remnants"] = true;
                    if (fact is PullOpened { Filter: not null }) met["filter"] = true;
                    met[fact is RecallIssued issued ? $"recall {issued.Recall.Coverage.Rule}" : fact.GetType().Name] = true;
                    return fact;
                };
                world.ForgeDeal = fact =>
                {
                    met[fact.GetType().Name] = true;
                    return fact;
                };
                foreach (var step in steps) step.Run(world);
                Assert.Empty(AuditAsync(world).GetAwaiter().GetResult().Violations);
                Assert.Empty(AuditAsync(world, withRows: false).GetAwaiter().GetResult().Violations);
            },
            iter: 500);
        Assert.Empty(Met.Except(met.Keys));
    }

    [Fact]
    public void Whatever_entry_is_changed_in_the_file_the_chain_tells_where() => Gen.Select(Gen.Int[0, 10_000], Gen.Byte[1, 255]).Sample(
        (place, flip) =>
        {
            var world = World.Begin();
            world.Pull();
            var log = place % 2 == 0 ? World.PartitionLog : World.DealLog(Given.Pact);
            var position = 1 + (place / 2 % world.Logs.LengthOf(log));
            world.Logs.Tamper = (name, entry) =>
            {
                if (name != log || entry.Position != position) return entry;
                var bytes = entry.Payload.ToArray();
                bytes[place % bytes.Length] ^= flip;
                return entry with { Payload = bytes };
            };
            var violations = AuditAsync(world).GetAwaiter().GetResult().Violations;
            Assert.Contains(violations, violation => violation.Promise == Auditor.Promise.Chain && violation.Log == log && violation.Position == position);
        },
        iter: 100);

    /// <summary>A step of a history; its name stands in a failure's report.</summary>
    private sealed record Step(string Name, Action<World> Run)
    {
        public override string ToString() => Name;
    }

    private static bool IsAtEnd(World world, string deal)
    {
        var round = world.Lineage(deal).OpenRound!;
        return round.Ranges.All(range => SliceSelector.Select(world.Partition, world.Lineage(deal), round, range.From, range.To, Amounts.Largest).IsEmpty);
    }

    private static void AddSomething(World world, int choice)
    {
        var (kind, name) = ((RecordKind)(1 + (choice % 3)), $"n{world.Partition.Position}");
        world.Add(Enumerable.Range(0, World.Users).Select(user => new TestRow($"{name}{user}", user, kind, choice % 2 == 0 ? "de" : "en", (choice + user) % 10)));
    }

    private static void RemoveSomething(World world, int choice)
    {
        var segment = world.Partition.Segments[choice % world.Partition.Segments.Count];
        world.Remove(segment.Rows.IdAt(choice % segment.Rows.Count), choice % 3 == 0 ? RemovalCause.Replaced : RemovalCause.Deleted);
    }

    private static void Tighten(World world, int choice)
    {
        var latest = world.Partition.Consents.Policies.Latest!;
        var kinds = choice % 3 == 0 ? RecordKind.Post.ToSet() : RecordKinds.All;
        var rule = choice % 5 == 0 ? new JurisdictionRule("", Regime.OptIn, 0) : Given.Policy.DefaultRule;
        world.Announce(Given.Policy with { Version = latest.Version + 1, Kinds = kinds, DefaultRule = rule, EffectiveAt = world.Now.AddDays(choice % 4) });
    }

    private static void AnswerSomething(World world, int choice)
    {
        if (world.Partition.Recalls.Count == 0) return;
        var number = 1 + (choice % world.Partition.Recalls.Count);
        if (choice % 3 == 0) world.Answer(number, RecallVerdict.LegalHold, "case 7");
        else world.Answer(number, RecallVerdict.Deleted);
    }
}
