using System.Text.Json;
using Broker.Domain.Deals;
using Broker.Domain.Platforms;
using CsCheck;

namespace Broker.Domain.Tests.Generators;

/// <summary>One command to a deal, read against the state that it meets: the same command to equal states has the same verdict.</summary>
/// <param name="Verb">Which.</param>
/// <param name="Number">Which reservation, or how many: any number from 0.</param>
/// <param name="Terms">Terms, where some are proposed.</param>
internal sealed record DealStep(DealVerb Verb, int Number, ContractTerms Terms)
{
    public static readonly Gen<DealStep[]> Some = Gen.Select(
        Gen.Frequency(
            (1, DealVerb.Propose), (1, DealVerb.Approve), (2, DealVerb.Amend), (2, DealVerb.ApproveAmendment), (1, DealVerb.Suspend), (3, DealVerb.Resume),
            (1, DealVerb.Terminate), (3, DealVerb.Sweep), (12, DealVerb.Reserve), (6, DealVerb.Post), (3, DealVerb.Void), (3, DealVerb.Credit),
            (3, DealVerb.CompleteRevocation), (2, DealVerb.Wait)),
        Gen.Int[0, 40],
        LimitGen.Terms,
        (verb, number, terms) => new DealStep(verb, number, terms)).Array[0, 50];

    private static readonly Amounts First = new(1, 2, 0, 1);

    /// <summary>Carries the command out.</summary>
    /// <returns>What it led to, as text: events or refusal.</returns>
    public string Do(DealLog log)
    {
        if (Verb == DealVerb.Wait) log.Now = Number < 38 ? log.Now.AddHours(Number) : log.Now.AddYears(1);
        var decision = DoContract(log) ?? DoLedger(log);
        return decision is { } made
            ? made.Refusal?.ToString() ?? string.Join('\n', made.Events.Select(fact => $"{fact.GetType().Name} {JsonSerializer.Serialize(fact, fact.GetType())}"))
            : "nothing to do it to";
    }

    private Decision<DealEvent>? DoContract(DealLog log) => Verb switch
    {
        DealVerb.Propose => log.Do((state, now) => DealRules.Propose(state, Given.Acme, Terms, "ann", now)),
        DealVerb.Approve => log.Do((state, now) => DealRules.Approve(state, "bob", now)),
        DealVerb.Amend when log.State.Life != DealLife.None => log.Do((state, now) => DealRules.Amend(
            state, Number % 2 == 0 ? Terms : Terms with { Scope = Terms.Scope with { Kinds = RecordKinds.Post } }, now.AddHours(Number), "ann", now)),
        DealVerb.ApproveAmendment => log.Do((state, now) => DealRules.ApproveAmendment(state, state.Amendment?.Version ?? 0, "bob", now)),
        DealVerb.Suspend => log.Do((state, _) => DealRules.Suspend(state, $"reason {Number}", "ann")),
        DealVerb.Resume => log.Do((state, _) => DealRules.Resume(state, "ann")),
        DealVerb.Terminate when Number % 4 == 0 => log.Do((state, _) => DealRules.Terminate(state, "over", "ann")),
        DealVerb.Sweep => log.Do(DealRules.Sweep),
        DealVerb.CompleteRevocation => log.Do((state, _) => DealRules.CompleteRevocation(state, state.Revocation?.Position ?? 0)),
        _ => null,
    };

    private Decision<DealEvent>? DoLedger(DealLog log)
    {
        if (Verb == DealVerb.Reserve)
        {
            var (id, asked) = ($"1/{Number % 3}/{Number}/{Number}@1", new Amounts(1 + Number % 5, 10 + Number, 0, 3));
            return log.Do((state, now) => DealRules.Reserve(state, id, Number % 9 == 0 ? 7 : state.InForce, asked, First, now));
        }

        var reservation = $"1/{Number % 3}/{Number}/{Number}@1";
        var amounts = log.State.Ledger.Find(reservation)?.Reserved.Allowance ?? First;
        return Verb switch
        {
            DealVerb.Post => log.Do((state, _) => DealRules.Post(state, reservation, amounts)),
            DealVerb.Void => log.Do((state, _) => DealRules.Void(state, reservation)),
            DealVerb.Credit => log.Do((state, _) => DealRules.Credit(state, reservation, amounts.Min(new Amounts(1 + Number % 2, 5, 0, 1)))),
            _ => null,
        };
    }
}
