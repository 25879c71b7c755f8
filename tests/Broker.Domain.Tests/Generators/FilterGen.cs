using System.Collections.Immutable;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using CsCheck;

namespace Broker.Domain.Tests.Generators;

/// <summary>Filters over few values, so that they often overlap, hold one another, or meet nothing.</summary>
internal static class FilterGen
{
    /// <summary>A few; the first and the last leave nothing out.</summary>
    public static readonly ImmutableArray<PullFilter?> Some =
    [
        null,
        new() { Kinds = RecordKinds.Post },
        new() { Languages = ["de"] },
        new() { Kinds = RecordKinds.Post | RecordKinds.Like, CreatedFromMs = 10, CreatedBeforeMs = 40 },
        new() { Datasets = [Given.Posts], Languages = ["de", "en"] },
        new() { CreatedBeforeMs = 20 },
        PullFilter.Everything,
    ];

    private static readonly Gen<PullFilter> Parts = Gen.Select(
        One(RecordKinds.None, RecordKinds.None, RecordKinds.Post, RecordKinds.Like, RecordKinds.Post | RecordKinds.Comment),
        One<ImmutableArray<string>>([], [], [Given.Posts], [Given.Archive], [Given.Archive, Given.Posts]),
        One<ImmutableArray<string>>([], [], ["de"], ["de", "en"]),
        One<long?>(null, null, 1, 3),
        One<long?>(null, null, 4, 6),
        (kinds, datasets, languages, from, before) => new PullFilter { Kinds = kinds, Datasets = datasets, Languages = languages, CreatedFromMs = from, CreatedBeforeMs = before });

    /// <summary>Any; one in six or more leaves nothing out.</summary>
    public static readonly Gen<PullFilter> Any = Gen.Frequency((1, Gen.Const(PullFilter.Everything)), (5, Parts));

    /// <summary>One of these.</summary>
    public static Gen<T> One<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
