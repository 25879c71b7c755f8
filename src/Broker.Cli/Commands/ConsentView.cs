using Broker.Cli.Output;
using Broker.Protos.V1;
using Spectre.Console;

namespace Broker.Cli.Commands;

/// <summary>Where a user stands, as people read it.</summary>
internal static class ConsentView
{
    private static readonly ResultTable<ConsentDecision> Decisions = new ResultTable<ConsentDecision>()
        .Text("decided", decision => Amount.Of(decision.MadeTime))
        .Text("choice", decision => Words.Of(decision.Choice))
        .Text("purposes", decision => decision.Purposes.Count == 0 ? "all" : Words.Of(decision.Purposes))
        .Text("kinds", decision => decision.Kinds.Count == 0 ? "all" : Words.Of(decision.Kinds))
        .Text("for", decision => decision.Partner.Length == 0 ? "all partners" : decision.Partner)
        .Text("source", decision => Words.Of(decision.Source));

    private static readonly ResultTable<ConsentInForce> InForce = new ResultTable<ConsentInForce>()
        .Text("purpose", one => Words.Of(one.Purpose))
        .Text("kind", one => Words.Of(one.Kind))
        .Text("rests on", one => Words.Of(one.Basis))
        .Number("since position", one => Amount.Of(one.SincePosition));

    public static void Write(IAnsiConsole console, UserConsent consent)
    {
        Lines.Write(
            console,
            ("user", consent.Name),
            ("erased", consent.IsErased ? "yes" : ""),
            ("jurisdiction", consent.Jurisdiction.Length == 0 ? "not known" : consent.Jurisdiction),
            ("policy in force", consent.PolicyVersion == 0 ? "none" : Amount.Of(consent.PolicyVersion)),
            ("notices that have run", string.Join(", ", consent.NoticeRunPolicyVersions)));
        console.WriteLine();
        console.WriteLine("Decisions");
        console.Write(Decisions.Of(consent.Decisions, "None."));
        console.WriteLine("In force for partners without an exception of their own");
        console.Write(InForce.Of(consent.InForce, "Nothing: no record of this user may leave."));
    }
}
