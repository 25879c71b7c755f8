using System.Collections.Immutable;

namespace Broker.Domain.Consents;

/// <summary>A set of <see cref="Purpose"/>, one bit a purpose (bit n is purpose n).</summary>
[Flags]
public enum Purposes
{
    /// <summary>The empty set.</summary>
    None = 0,

    /// <summary><see cref="Purpose.FoundationModelTraining"/>.</summary>
    FoundationModelTraining = 1 << Purpose.FoundationModelTraining,

    /// <summary><see cref="Purpose.FineTuning"/>.</summary>
    FineTuning = 1 << Purpose.FineTuning,

    /// <summary><see cref="Purpose.Evaluation"/>.</summary>
    Evaluation = 1 << Purpose.Evaluation,

    /// <summary><see cref="Purpose.Retrieval"/>.</summary>
    Retrieval = 1 << Purpose.Retrieval,

    /// <summary><see cref="Purpose.Analytics"/>.</summary>
    Analytics = 1 << Purpose.Analytics,

    /// <summary>Every purpose.</summary>
    All = FoundationModelTraining | FineTuning | Evaluation | Retrieval | Analytics,
}

/// <summary>Set operations on <see cref="Purposes"/>.</summary>
public static class PurposeSets
{
    /// <summary>Every purpose, in the order of their numbers.</summary>
    public static readonly ImmutableArray<Purpose> Each =
        [Purpose.FoundationModelTraining, Purpose.FineTuning, Purpose.Evaluation, Purpose.Retrieval, Purpose.Analytics];

    /// <summary>The set that holds only <paramref name="purpose"/>.</summary>
    public static Purposes ToSet(this Purpose purpose) =>
        purpose == Purpose.Unspecified ? Purposes.None : (Purposes)(1 << (int)purpose);

    /// <summary>Whether <paramref name="purpose"/> is in the set.</summary>
    public static bool Contains(this Purposes purposes, Purpose purpose) => (purposes & purpose.ToSet()) != 0;

    /// <summary>The purposes of the set, in the order of their numbers.</summary>
    public static IEnumerable<Purpose> Members(this Purposes purposes) => Each.Where(purpose => purposes.Contains(purpose));
}
