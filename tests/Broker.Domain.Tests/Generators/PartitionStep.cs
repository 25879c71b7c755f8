using System.Collections.Immutable;
using System.Text.Json;
using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Merges;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;
using CsCheck;

namespace Broker.Domain.Tests.Generators;

/// <summary>One command to a partition, read against the state that it meets: the same command to equal states has the same verdict.</summary>
/// <param name="Verb">Which.</param>
/// <param name="First">Which user, deal, segment, slice or recall: any number from 0.</param>
/// <param name="Second">Likewise.</param>
/// <param name="Policy">A policy, where one is announced.</param>
/// <param name="Decision">A decision, where one is made.</param>
internal sealed record PartitionStep(PartitionVerb Verb, int First, int Second, Policy Policy, ConsentDecision Decision)
{
    /// <summary>Commands to a partition that has users, records, a policy and a deal already (<see cref="Begun"/>).</summary>
    public static readonly Gen<PartitionStep[]> Some = Gen.Select(
        Gen.Frequency(
            (1, PartitionVerb.AnnouncePolicy), (3, PartitionVerb.Sweep), (1, PartitionVerb.AddUser), (3, PartitionVerb.GiveNotice), (5, PartitionVerb.Decide),
            (3, PartitionVerb.AddRecords), (2, PartitionVerb.RemoveRecord), (1, PartitionVerb.Erase), (1, PartitionVerb.DestroyKey),
            (1, PartitionVerb.SeeContract), (3, PartitionVerb.OpenRound), (8, PartitionVerb.Release), (2, PartitionVerb.Resend),
            (3, PartitionVerb.Receive), (2, PartitionVerb.Drop), (2, PartitionVerb.FinishRound), (1, PartitionVerb.SettleCredits),
            (1, PartitionVerb.Void), (1, PartitionVerb.Revoke), (2, PartitionVerb.AnswerRecall), (1, PartitionVerb.RegisterRun), (2, PartitionVerb.Wait),
            (2, PartitionVerb.PlanMerge), (3, PartitionVerb.Merge), (1, PartitionVerb.DeleteSegments)),
        Gen.Int[0, 60],
        Gen.Int[0, 60],
        PolicyGen.Any,
        DecisionGen.Any,
        (verb, first, second, policy, decision) => new PartitionStep(verb, first, second, policy, decision)).Array[0, 50];

    private static readonly ImmutableArray<string> Deals = ["d", "e"];
    private static readonly ContractTerms Evaluation = Given.Terms with { Scope = Given.Terms.Scope with { Purposes = Purposes.Evaluation, Kinds = RecordKinds.Post } };

    private static readonly ImmutableArray<ContractTerms> Terms =
    [
        Given.Terms, Evaluation, Given.ByTokens, Evaluation,
        Given.ByTokens with { Tokenizer = Tokenizers.Cl100k, Scope = Given.Terms.Scope with { Fields = new FieldPolicy(RecordFields.Title, RecordFields.None) } },
    ];

    /// <summary>Four users of whom two consented, five records and one deal.</summary>
    public static PartitionLog Begun() => new PartitionLog()
        .With(new PartitionCreated("x", 0, 1))
        .WithPolicy(Given.OptIn)
        .WithUsers(4)
        .Decide(0, Given.Grant(Given.Start))
        .Decide(2, Given.Grant(Given.Start))
        .WithRows(Given.Posts, new Row("r0", 0), new Row("r1", 0, RecordKind.Like), new Row("r2", 1), new Row("r3", 2), new Row("r4", 2, CreatedAtMs: 5))
        .With(new ContractSeen(Deals[0], Given.Acme, 1, Given.Terms));

    /// <summary>Carries the command out.</summary>
    /// <returns>What it led to, as text: events or refusal.</returns>
    public string Do(PartitionLog log)
    {
        if (Verb == PartitionVerb.Wait) log.Now = log.Now.AddHours(First);
        if (Verb == PartitionVerb.Sweep) return Sweep(log);
        var told = Decide(log);
        log.CountAll();
        return told;
    }

    private string Decide(PartitionLog log)
    {
        var decision = DoUsers(log) ?? DoRecords(log) ?? DoMerges(log) ?? DoContract(log) ?? DoSlices(log);
        return decision is { } made ? Told(made) : "nothing to do it to";
    }

    private static string Sweep(PartitionLog log)
    {
        var told = "";
        while (log.Do(ConsentDecisions.Sweep) is { Events.IsEmpty: false } swept) told += Told(swept);
        return told;
    }

    private static string Told(Decision<PartitionEvent> decision) =>
        decision.Refusal?.ToString() ?? string.Join('\n', decision.Events.Select(fact => $"{fact.GetType().Name} {JsonSerializer.Serialize(fact, fact.GetType())}"));

    private Decision<PartitionEvent>? DoUsers(PartitionLog log)
    {
        var user = First % log.State.Consents.UserCount;
        return Verb switch
        {
            PartitionVerb.AnnouncePolicy => log.Do((state, now) => ConsentDecisions.Announce(state, Policy with { Version = (state.Consents.Policies.Latest?.Version ?? 0) + 1 }, now)),
            PartitionVerb.AddUser => log.Do((state, _) => DatasetRules.AddUsers(state, [[(byte)First, (byte)Second]])),
            PartitionVerb.GiveNotice => log.Do((state, now) => ConsentDecisions.GiveNotices(
                state, [new UserNotice(user, Second % 3 == 0 ? null : now, Second % 4 == 0 ? PolicyGen.Jurisdictions[Second % 3] : null)], now)),
            // Most are made later than all before, so that who withdrew consents again, and withdraws again.
            PartitionVerb.Decide => log.Do((state, now) => ConsentDecisions.Decide(
                state, user, Second % 4 == 0 ? Decision : Decision with { MadeAt = now.AddTicks(state.Position) }, now)),
            PartitionVerb.Erase => log.Do((state, now) => DatasetRules.Erase(state, user, [(byte)First, 7], now)),
            PartitionVerb.DestroyKey => log.Do((state, _) =>
                Decision<PartitionEvent>.Of([.. state.ErasedWithKey.Order().Take(1).Select(erased => new UserKeyDestroyed(erased))])),
            _ => null,
        };
    }

    private Decision<PartitionEvent>? DoRecords(PartitionLog log)
    {
        switch (Verb)
        {
            case PartitionVerb.AddRecords:
                var kind = PolicyGen.Kinds[First % 2];
                var rows = Enumerable.Range(0, 1 + Second % 3).Select(row => new Row($"n{log.State.Position}-{row}", (First + row * Second) % log.State.Consents.UserCount, kind, Second, (First + row) % 3 == 0 ? "de" : "en"));
                var segment = new ArrayRows($"n{log.State.Position}", Given.Posts, rows);
                log.Attach(segment);
                return log.Do((state, now) => DatasetRules.CommitImport(state, "import", state.ManifestPosition, [segment.Info], [], now));
            case PartitionVerb.RemoveRecord:
                var (from, removed) = AnyRow(log.State);
                var removal = new RecordRemoved(
                    from.Rows.UserAt(removed), from.Info.Id, removed, from.Info.Kind, "en", 0, from.AddedAt(removed), [9], Second % 2 == 0 ? RemovalCause.Deleted : RemovalCause.Replaced);
                return log.Do((state, now) => DatasetRules.Remove(state, [removal], now));
            default: return null;
        }
    }

    /// <summary>One of the rows, gone or not, wherever it lies.</summary>
    private (PartitionSegment Segment, int Row) AnyRow(PartitionState state)
    {
        var rows = from segment in state.Segments
                   from row in Enumerable.Range(0, segment.Rows.Count)
                   orderby segment.Rows.UserAt(row), segment.Rows.KeyAt(row), segment.AddedAt(row)
                   select (segment, row);
        var all = rows.ToList();
        return all[(7 * First + Second) % all.Count];
    }

    private Decision<PartitionEvent>? DoMerges(PartitionLog log)
    {
        switch (Verb)
        {
            // Now whatever there is, now what has lain there for some hours.
            case PartitionVerb.PlanMerge:
                log.PlanMerge(new MergeLimits(2 + First % 3, 1_000_000, 1_000, TimeSpan.FromHours(Second)));
                return null;
            case PartitionVerb.Merge: return log.Merge();
            case PartitionVerb.DeleteSegments when log.State.Retired.Count > 0:
                return log.Do((state, _) => Decision<PartitionEvent>.Of(new SegmentsDeleted([.. state.Retired.Select(retired => retired.Info.Id)])));
            default: return null;
        }
    }

    private Decision<PartitionEvent>? DoContract(PartitionLog log)
    {
        var id = Deals[First % 2];
        var (known, terms) = (log.State.Deals.GetValueOrDefault(id), Terms[Second % Terms.Length]);
        var version = 1 + (known?.Contract.Version ?? 0);
        return Verb switch
        {
            PartitionVerb.SeeContract => log.Do((state, now) => DealEndRules.Revoke(
                state, id, [], (known?.Partner ?? (First % 2 == 0 ? Given.Acme : Given.Globex), version, terms), RecallCause.ScopeNarrowed, now)),
            PartitionVerb.Void => log.Do((state, _) => ReleaseRules.Void(state, id, [$"1/0/{Second % 4}/{Second}@1"])),
            PartitionVerb.Revoke => log.Do((state, now) => DealEndRules.Revoke(
                state, id, [$"1/0/9/{Second}@1"], Second % 3 == 0 ? null : (known?.Partner ?? Given.Acme, version, terms), Second % 3 == 0 ? RecallCause.DealEnded : RecallCause.ScopeNarrowed, now)),
            PartitionVerb.RegisterRun when known is not null => log.Do((_, _) => Decision<PartitionEvent>.Of(
                new TrainingRunRegistered(id, new TrainingRun($"run-{Second % 3}", "m", [new SliceRun(1, 1, 1 + Second % 5)])))),
            PartitionVerb.AnswerRecall when log.State.Recalls.Count > 0 => Answer(log, log.State.Recalls[First % log.State.Recalls.Count]),
            PartitionVerb.SettleCredits when known is not null => log.Do((state, _) => Decision<PartitionEvent>.Of(new CreditsSettled(id, state.Position - Second % 3))),
            _ => null,
        };
    }

    private Decision<PartitionEvent> Answer(PartitionLog log, IssuedRecall recall)
    {
        var verdict = (RecallVerdict)(1 + Second % 3);
        var reference = verdict switch { RecallVerdict.RetainedInModel => $"run-{Second % 2}", RecallVerdict.LegalHold => "hold", _ => "" };
        return log.Do((state, _) => RecallRules.Answer(state, recall.Recall.Deal, recall.Recall.Number, new RecallAnswer(verdict, reference, "bot", "ab")));
    }

    private Decision<PartitionEvent>? DoSlices(PartitionLog log)
    {
        if (log.State.Deals.GetValueOrDefault(Deals[First % 2]) is not { } deal) return null;
        if (Verb == PartitionVerb.OpenRound) return log.Do((state, _) => ReleaseRules.OpenRound(state, deal, FilterGen.Some[Second % FilterGen.Some.Length]));
        var number = deal.Rounds.Count == 0 ? 0 : 1 + Second % Math.Max(1, deal.Rounds[^1].Slices.Count);
        return Verb switch
        {
            PartitionVerb.Release when deal.OpenRound is not null => log.Release(deal, new Amounts(1 + Second % 3, 1_000_000, Second % 7 == 0 ? 6 : long.MaxValue, long.MaxValue)),
            PartitionVerb.Resend when number > 0 => log.Do((state, now) => ReleaseRules.Resend(state, deal, deal.Rounds.Count, number, now, out _)),
            PartitionVerb.Receive when number > 0 => log.Do((_, _) => ReleaseRules.ConfirmReceived(deal, deal.Rounds.Count, [number])),
            PartitionVerb.Drop when number > 0 => log.Do((_, _) => ReleaseRules.ConfirmDropped(deal, deal.Rounds.Count, number)),
            PartitionVerb.FinishRound when deal.OpenRound is { } round => log.Do((_, _) => ReleaseRules.FinishRound(deal, round)),
            _ => null,
        };
    }
}
