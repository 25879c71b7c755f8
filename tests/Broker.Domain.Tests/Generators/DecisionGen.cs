using Broker.Domain.Consents;
using CsCheck;

namespace Broker.Domain.Tests.Generators;

/// <summary>Decisions that often speak of the same and are often made at the same time.</summary>
internal static class DecisionGen
{
    public static readonly Gen<ConsentDecision> Any = Gen.Select(
        Gen.Int[0, 6], PolicyGen.SomePurposes, PolicyGen.SomeKinds, Gen.OneOf<string?>(null, null, Given.Acme, Given.Globex), Gen.Bool,
        (hour, purposes, kinds, partner, isWithdrawal) => new ConsentDecision(
            Given.Start.AddHours(hour), purposes, kinds, partner, isWithdrawal ? ConsentChoice.Withdraw : ConsentChoice.Grant, ConsentSource.User));
}
