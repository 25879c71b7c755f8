using Broker.Domain.Deals;
using Broker.Domain.Lineage;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;

namespace Broker.Domain.Tests.Lineage;

public sealed class ReleaseTagTests
{
    private const string Deal = "d";

    [Fact]
    public void A_release_keeps_its_tag_when_it_is_sent_again_confirmed_and_frozen()
    {
        var log = LogWith("a", "b");
        var slice = Released(log);
        var tag = TagOf(slice);
        Assert.Equal(2 * ReleaseTag.Bytes, tag.Length);

        log.Now = log.Now.AddHours(1);
        log.Do((state, now) => ReleaseRules.Resend(state, state.Deals[Deal], 1, 1, now, out _));
        log.Do((state, _) => ReleaseRules.ConfirmReceived(state.Deals[Deal], 1, [1]));

        Assert.Equal(tag, TagOf(slice));
        Assert.Equal(tag, TagOf(log.Replay().Deals[Deal].Slice(1, 1)!));
        Assert.Equal(tag, TagOf(Partitions.PartitionState.Restore(log.State.Freeze()).Deals[Deal].Slice(1, 1)!));
        Assert.True(ReleaseRules.IsRelease(slice, Convert.FromHexString(tag)));
    }

    [Fact]
    public void Releases_of_one_name_position_and_fence_that_differ_in_time_or_records_have_other_tags()
    {
        var one = Released(LogWith("a", "b"));
        var others = new[] { Released(LogWith("a", "c")), Released(LogWith(log => log.Now = log.Now.AddTicks(10), "a", "b")) };

        foreach (var other in others)
        {
            Assert.Equal((one.Position, one.Released.Round, one.Released.Number, one.Released.ReservationId), (other.Position, other.Released.Round, other.Released.Number, other.Released.ReservationId));
            Assert.NotEqual(TagOf(one), TagOf(other));
            Assert.False(ReleaseRules.IsRelease(other, ReleaseTag.Of(one).AsSpan()));
            Assert.True(ReleaseRules.IsRelease(other, [])); // whoever does not know the release means the name
        }

        Assert.Equal(TagOf(one), TagOf(Released(LogWith("a", "b"))));
        Assert.False(ReleaseRules.IsRelease(null, []));
    }

    private static string TagOf(DeliveredSlice slice) => Convert.ToHexString(ReleaseTag.Of(slice).AsSpan());

    private static DeliveredSlice Released(PartitionLog log)
    {
        Assert.NotEmpty(log.PullAll(Deal, Amounts.Largest));
        return log.State.Deals[Deal].Slice(1, 1)!;
    }

    private static PartitionLog LogWith(params string[] ids) => LogWith(static _ => { }, ids);

    private static PartitionLog LogWith(Action<PartitionLog> change, params string[] ids)
    {
        var log = new PartitionLog().WithPolicy(Given.OptIn).WithUsers(1).Decide(0, Given.Grant(Given.Start)).WithRows(Given.Posts, ids.Select(id => new Row(id, 0)));
        log.See(Deal, Given.Terms);
        change(log);
        return log;
    }
}
