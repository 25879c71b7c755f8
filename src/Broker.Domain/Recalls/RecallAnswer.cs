namespace Broker.Domain.Recalls;

/// <summary>A partner's signed answer to a recall.</summary>
/// <param name="Verdict">What became of the data.</param>
/// <param name="Reference">The training run's id for <see cref="RecallVerdict.RetainedInModel"/>; the hold's reference for
/// <see cref="RecallVerdict.LegalHold"/>; empty for <see cref="RecallVerdict.Deleted"/>.</param>
/// <param name="AnsweredBy">The subject of the partner's credential.</param>
/// <param name="Attestation">The credential that signed the answer: SHA-256 of the token, hex.</param>
public sealed record RecallAnswer(RecallVerdict Verdict, string Reference, string AnsweredBy, string Attestation);

/// <summary>What a partner says became of recalled data. The numbers are on disk and on the wire.</summary>
public enum RecallVerdict
{
    /// <summary>Not a verdict; refused.</summary>
    Unspecified = 0,

    /// <summary>Every copy is deleted.</summary>
    Deleted = 1,

    /// <summary>A registered training run consumed it; the model cannot be made to forget.</summary>
    RetainedInModel = 2,

    /// <summary>The law obliges the partner to keep it.</summary>
    LegalHold = 3,
}
