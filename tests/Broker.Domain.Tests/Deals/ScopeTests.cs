using System.Collections.Immutable;
using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;
using CsCheck;

namespace Broker.Domain.Tests.Deals;

public sealed class ScopeTests
{
    private static readonly string[] Datasets = ["posts", "archive", "wiki"];
    private static readonly string[] Languages = ["", "de", "en", "fr"];
    private static readonly DateTimeOffset Then = Given.Start;

    private static readonly Gen<Scope> AnyScope = Gen.Select(
        Gen.Int[1, 7], PolicyGen.SomeKinds, PolicyGen.SomePurposes, Gen.Int[0, 15], Gen.Int[0, 4].Nullable(), Gen.Int[0, 4].Nullable(),
        (datasets, kinds, purposes, languages, from, before) => new Scope
        {
            Datasets = Subset(Datasets, datasets),
            Kinds = kinds,
            Purposes = purposes,
            Languages = Subset(Languages, languages),
            CreatedFrom = from is { } hours ? Then.AddHours(hours) : null,
            CreatedBefore = before is { } end ? Then.AddHours(end) : null,
        });

    [Fact]
    public void A_scope_that_leaves_out_a_record_or_changes_the_purposes_narrows() => Gen.Select(AnyScope, AnyScope).Sample(
        (scope, next) =>
        {
            var loses = Records().Any(record => Admits(scope, record) && !Admits(next, record));
            if (loses || scope.Purposes != next.Purposes) Assert.True(scope.IsNarrowedBy(next));
        },
        iter: 3_000);

    [Fact]
    public void A_scope_does_not_narrow_itself_nor_what_only_adds() => AnyScope.Sample(scope =>
    {
        Assert.False(scope.IsNarrowedBy(scope));
        Assert.False(scope.IsNarrowedBy(scope with { Datasets = [.. Datasets], Kinds = RecordKinds.All, Languages = [], CreatedFrom = null, CreatedBefore = null }));
    });

    [Fact]
    public void A_field_that_leaves_in_a_lesser_form_narrows_and_loses_no_record()
    {
        FieldPolicy[] lessAndLess = [FieldPolicy.Everything, new(RecordFields.None, RecordFields.Author), new(RecordFields.Author, RecordFields.None)];
        foreach (var (before, first) in lessAndLess.Index())
            foreach (var (after, second) in lessAndLess.Index())
            {
                var (scope, next) = (Given.Terms.Scope with { Fields = first }, Given.Terms.Scope with { Fields = second });
                Assert.Equal(after > before, scope.IsNarrowedBy(next));
                Assert.False(scope.LosesRecordsTo(next));
            }
    }

    [Fact]
    public void A_record_is_inside_exactly_when_each_part_of_the_scope_says_so() => AnyScope.Sample(scope =>
    {
        foreach (var record in Records())
            Assert.Equal(Admits(scope, record), scope.Admits(record.Dataset, record.Kind, record.Language, record.CreatedAt.ToUnixTimeMilliseconds()));
    });

    [Fact]
    public void Rows_are_looked_at_only_where_single_rows_may_lie_outside() => AnyScope.Sample(scope =>
    {
        if (scope.LooksAtRows) return;
        foreach (var record in Records()) Assert.Equal(scope.AdmitsAny(record.Dataset, record.Kind), Admits(scope, record));
    });

    [Fact]
    public void The_window_holds_its_start_and_not_its_end()
    {
        var scope = Given.Terms.Scope with { CreatedFrom = Then, CreatedBefore = Then.AddHours(1) };
        bool At(DateTimeOffset created) => scope.Admits(Given.Posts, RecordKind.Post, "", created.ToUnixTimeMilliseconds());

        Assert.Equal([false, true, true, false], new[] { Then.AddMilliseconds(-1), Then, Then.AddHours(1).AddMilliseconds(-1), Then.AddHours(1) }.Select(At));
    }

    private static bool Admits(Scope scope, (string Dataset, RecordKind Kind, string Language, DateTimeOffset CreatedAt) record) =>
        scope.Datasets.Contains(record.Dataset)
        && scope.Kinds.Members().Contains(record.Kind)
        && (scope.Languages.Length == 0 || scope.Languages.Contains(record.Language))
        && record.CreatedAt >= (scope.CreatedFrom ?? DateTimeOffset.MinValue)
        && record.CreatedAt < (scope.CreatedBefore ?? DateTimeOffset.MaxValue);

    private static IEnumerable<(string Dataset, RecordKind Kind, string Language, DateTimeOffset CreatedAt)> Records() =>
        from dataset in Datasets
        from kind in PolicyGen.Kinds
        from language in Languages
        from hour in Enumerable.Range(-1, 7)
        select (dataset, kind, language, Then.AddHours(hour));

    private static ImmutableArray<string> Subset(string[] all, int mask) => [.. all.Where((_, index) => (mask & (1 << index)) != 0)];
}
