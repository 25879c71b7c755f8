using Broker.Domain;
using Broker.Grains.Partitions;
using Broker.Grains.Pulls;
using Microsoft.Extensions.Time.Testing;

namespace Broker.Grains.Tests.Partitions;

public sealed class SendLeasesTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);
    private static readonly SliceName Slice = new(1, 1);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_slice_that_another_stream_sends_again_keeps_the_lease_of_whoever_may_still_be_sending_it()
    {
        var leases = new SendLeases(_time, Lease);
        Assert.True(leases.TryBegin(leases.Open(LeaseOf("first"))));
        Assert.True(leases.TryBegin(leases.Open(LeaseOf("second"))));

        var revoked = leases.Revoke(_ => true);
        Assert.Equal(["first", "second"], revoked.Select(lease => lease.StreamId).Order());
        var barrier = leases.WaitAsync(revoked);
        leases.Settle("deal", "second", Slice);
        Assert.False(barrier.IsCompleted); // the first stream has said nothing: its lease has to run out
        _time.Advance(Lease);
        await barrier;
    }

    [Fact]
    public void What_is_revoked_is_not_renewed_and_begins_no_more()
    {
        var leases = new SendLeases(_time, Lease);
        var held = leases.Open(LeaseOf("stream"));
        Assert.True(leases.TryBegin(held));
        Assert.Equal([Slice], leases.Renew("deal", "stream", [Slice]));
        Assert.Empty(leases.Renew("deal", "other", [Slice]));

        leases.Revoke(_ => true);
        Assert.Empty(leases.Renew("deal", "stream", [Slice]));
        var late = leases.Open(LeaseOf("other"));
        leases.Revoke(_ => true);
        Assert.False(leases.TryBegin(late));
    }

    [Fact]
    public async Task A_barrier_ends_when_the_gateway_has_settled_or_the_lease_has_run_out()
    {
        var leases = new SendLeases(_time, Lease);
        leases.TryBegin(leases.Open(LeaseOf("stream")));
        var settled = leases.WaitAsync(leases.Revoke(_ => true));
        Assert.False(settled.IsCompleted);
        leases.Settle("deal", "stream", Slice);
        await settled;

        leases.TryBegin(leases.Open(LeaseOf("stream")));
        _time.Advance(Lease - TimeSpan.FromMilliseconds(1));
        var runsOut = leases.WaitAsync(leases.Revoke(_ => true));
        Assert.False(runsOut.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await runsOut;
    }

    private static SendLease LeaseOf(string stream) => new("deal", Slice, stream, new UserRun(0, 9));
}
