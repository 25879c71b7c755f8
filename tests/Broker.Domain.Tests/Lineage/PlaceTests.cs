using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using CsCheck;

namespace Broker.Domain.Tests.Lineage;

/// <summary>The names and places that the lineage is made of.</summary>
public sealed class PlaceTests
{
    private static readonly Gen<RowKey> Key = Gen.OneOf(
        Gen.Const(RowKey.First),
        Gen.Const(RowKey.Last),
        Gen.Select(Gen.Enum<RecordKind>(), Gen.Long[-3, 3], Gen.ULong, (kind, at, hash) => new RowKey(kind, at, hash)));

    private static readonly Gen<PullCursor> Place = Gen.Select(Gen.Int[0, 3], Key, (user, key) => new PullCursor(user, key));

    [Fact]
    public void A_reservations_id_comes_back_as_it_was_written() => Gen.Select(Gen.Int[0, int.MaxValue], Gen.Int[0, 4_095], Gen.Int[0, int.MaxValue], Gen.Long[0, long.MaxValue], Gen.Long[0, long.MaxValue]).Sample(
        (round, partition, slice, attempt, fence) =>
        {
            var id = new ReservationId(round, partition, slice, attempt, fence);
            Assert.True(ReservationId.TryParse(id.ToString(), out var read));
            Assert.Equal(id, read);
        });

    [Theory]
    [InlineData("")]
    [InlineData("1/2/3/4")]
    [InlineData("1/2/3/4@")]
    [InlineData("1/2/3/4@5@6")]
    [InlineData("-1/2/3/4@5")]
    [InlineData("1/2/3/4@ 5")]
    [InlineData("1/2/3/99999999999999999999@5")]
    [InlineData("9999999999/2/3/4@5")]
    public void What_is_no_reservations_id_is_refused(string text) => Assert.False(ReservationId.TryParse(text, out _));

    [Fact]
    public void Places_are_in_one_total_order() => Gen.Select(Place, Place, Place).Sample(
        (first, second, third) =>
        {
            Assert.Equal(Math.Sign(first.CompareTo(second)), -Math.Sign(second.CompareTo(first)));
            Assert.Equal(first == second, first.CompareTo(second) == 0);
            if (first <= second && second <= third) Assert.True(first <= third);
            Assert.Equal(first < second, !(first >= second));
            Assert.True(first > PullCursor.Start && first < PullCursor.End);
        },
        iter: 5_000);

    [Fact]
    public void Runs_of_users_hold_exactly_those_users_whatever_their_order_and_no_two_of_them_touch() => Gen.Int[0, 30].HashSet[0, 20].Sample(
        users =>
        {
            var runs = UserRun.Of(users);
            Assert.Equal(users.Order(), runs.SelectMany(run => Enumerable.Range(run.First, run.Count)));
            Assert.Equal(UserRun.Of(users.Order().Reverse()).AsEnumerable(), runs);
            Assert.All(runs.Zip(runs.Skip(1)), pair => Assert.True(pair.First.Last + 1 < pair.Second.First));
        },
        iter: 2_000);
}
