using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using CsCheck;
using static Broker.Storage.Tests.Segments.SegmentFiles;

namespace Broker.Storage.Tests.Segments;

/// <summary>Any rows of one segment.</summary>
internal static class RowGen
{
    // Letters of one, two, three and four bytes, control characters and quotes; often nothing at all.
    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.Const(""),
        Gen.OneOf("a", "ü", "語", "🎉", "\0", "\n", "\"", "' --").Array[0, 12].Select(string.Concat),
        Gen.String[0, 40].Where(text => !text.Any(char.IsSurrogate)));

    private static readonly Gen<DateTimeOffset> Created = Gen.OneOf(
        Gen.Long[-3, 3].Select(DateTimeOffset.FromUnixTimeMilliseconds),
        Gen.OneOf(DateTimeOffset.MinValue, DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())));

    /// <summary>1 to 40 rows in order, of few users and times.</summary>
    public static Gen<IReadOnlyList<Row>> Rows { get; } = Gen.Select(
        Gen.Enum<RecordKind>().Where(kind => kind != RecordKind.Unspecified),
        Gen.Select(Gen.OneOf(Gen.Int[0, 4], Gen.Const(int.MaxValue)), Created, Text, Text, Text, Text, Text, Text).Array[1, 40])
        .Select(drawn => InOrder(drawn.Item2.Select((row, index) => new Row(row.Item1, new SourceRecord
        {
            Id = $"{index}{row.Item3}",
            UserId = $"u{row.Item1}",
            Kind = drawn.Item1,
            CreatedAt = row.Item2,
            Language = row.Item4,
            Title = row.Item5,
            Text = row.Item6,
            TargetId = row.Item7,
            Licence = row.Item8,
            Attribution = row.Item3,
        }))));

    /// <summary>Any policy that a contract may have: no field both dropped and pseudonymised; here even the id.</summary>
    public static Gen<FieldPolicy> Policy { get; } = Gen.Select(Gen.Int[0, (int)RecordFields.All], Gen.Int[0, (int)RecordFields.All])
        .Select((dropped, pseudonymised) => new FieldPolicy((RecordFields)dropped, (RecordFields)(pseudonymised & ~dropped)));
}
