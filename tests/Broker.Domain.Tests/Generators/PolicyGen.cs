using System.Collections.Immutable;
using Broker.Domain.Consents;
using Broker.Domain.Platforms;
using CsCheck;

namespace Broker.Domain.Tests.Generators;

/// <summary>Policies over a small world (two kinds, two purposes, three jurisdictions), so that they meet each other often.</summary>
internal static class PolicyGen
{
    public static readonly ImmutableArray<RecordKind> Kinds = [RecordKind.Post, RecordKind.Like];
    public static readonly ImmutableArray<Purpose> EachPurpose = [Purpose.FoundationModelTraining, Purpose.Evaluation];
    public static readonly ImmutableArray<string> Jurisdictions = ["", "EU", "US"];

    public static readonly Gen<RecordKinds> SomeKinds = Gen.OneOf(RecordKinds.Post | RecordKinds.Like, RecordKinds.Post, RecordKinds.Like);

    public static readonly Gen<Purposes> SomePurposes = Gen.OneOf(
        Purposes.FoundationModelTraining | Purposes.Evaluation, Purposes.FoundationModelTraining, Purposes.Evaluation);

    private static readonly Gen<Regime> AnyRegime = Gen.Frequency((4, Gen.Const(Regime.OptOut)), (1, Gen.Const(Regime.OptIn)), (1, Gen.Const(Regime.Excluded)));

    /// <summary>A policy without its version and with its effective date counted from the start of time.</summary>
    public static readonly Gen<Policy> Any = Gen.Select(
        SomeKinds, SomePurposes, AnyRegime, AnyRegime.Nullable(), Gen.Int[1, 3], Gen.Int[0, 96],
        (kinds, purposes, regime, eu, days, hours) => new Policy
        {
            Version = 0,
            Kinds = kinds,
            Purposes = purposes,
            EffectiveAt = Given.Start.AddHours(hours),
            DefaultRule = Rule("", regime, days),
            JurisdictionRules = eu is { } rule ? [Rule("EU", rule, days + 1)] : [],
            ObjectionChannel = "mailto:privacy@platform.example",
        });

    private static JurisdictionRule Rule(string jurisdiction, Regime regime, int days) => new(jurisdiction, regime, regime == Regime.OptOut ? days : 0);
}
