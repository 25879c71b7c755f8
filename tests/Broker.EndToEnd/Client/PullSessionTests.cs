using Broker.Client;
using Broker.Client.Pulls;
using Broker.Gateway.Errors;
using Broker.Protos.V1;
using Google.Rpc;
using Grpc.Core;
using static Broker.EndToEnd.Client.PullScript;

namespace Broker.EndToEnd.Client;

public sealed class PullSessionTests
{
    private static readonly SliceId First = new(0, 1, 1);
    private static readonly SliceId Second = new(0, 1, 2);
    private static readonly SliceId Other = new(3, 2, 1);
    private static readonly PullOptions EachAtOnce = new() { UnconfirmedMax = 1 };

    [Fact]
    public async Task Every_slice_is_kept_once_and_confirmed_and_the_summary_ends_the_pull()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var posted = 0;
        broker.OnUsage = _ => new Usage { CurrencyCode = "EUR", Posted = new() { RecordCount = 10 + (6 * posted++) }, Limits = { new LimitUsage { Limit = new() { Measure = QuotaMeasure.Records, Window = QuotaWindow.Term, Amount = 100 }, PostedAmount = 10 } } };
        broker.OnPull = async (_, request, script) =>
        {
            Assert.Equal((DealName, 7), (request.Deal, request.SliceRecordCountMax));
            await script.HeaderAsync(0, 3);
            await script.BeginAsync(First, amounts: AmountsOf(RecordsOf(First)));
            await script.SliceAsync(Other, RecordsOf(Other)); // slices of different partitions interleave
            await script.BatchAsync(First, RecordsOf(First).Take(2));
            await script.BatchAsync(First, RecordsOf(First).Skip(2));
            await script.EndAsync(First, DigestOf(RecordsOf(First)));
            await script.SummaryAsync(PullEndReason.QuotaExceeded);
        };
        var sink = new MemorySink();
        var progress = new List<PullProgress>();
        using var connection = broker.Connect();

        var result = await new PullSession(connection, DealName, sink, new() { SliceRecordsMax = 7 }).RunAsync(new Told<PullProgress>(progress.Add));

        Assert.Equal([Other, First], sink.Kept.Select(slice => slice.Id));
        Assert.Equal(MemorySink.IdsOf([.. RecordsOf(Other), .. RecordsOf(First)]), sink.Ids);
        Assert.Equal("confirm 0/1/1,3/2/1", broker.Events.Last());
        Assert.Equal(PullEndReason.QuotaExceeded, result.Reason);
        Assert.Equal((2, 6L, 600L, 2, 2, 6L), (result.Total.Slices, result.Total.Records, result.Total.Bytes, result.Total.PartitionsSeen, result.Total.PartitionCount, result.Total.Charged.RecordCount));
        Assert.Equal(6, result.Charged.RecordCount);
        Assert.Equal(("EUR", "records/term", 16L, 100L), (progress[^1].Currency, progress[^1].Limits[0].Name, progress[^1].Limits[0].Used, progress[^1].Limits[0].Amount));
    }

    /// <summary>A slice's name comes again where the platform's log was restored from a backup that lacks it; then it is another slice.</summary>
    [Fact]
    public async Task Slices_that_the_broker_has_lost_are_set_aside_and_others_of_their_names_are_kept()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var (old, now) = (Enumerable.Repeat((byte)1, 16).ToArray(), Enumerable.Repeat((byte)2, 16).ToArray());
        var isRestored = false;
        broker.Lost = request => isRestored ? SliceRanges.Of(request.Slices.SelectMany(SliceRanges.Slices).Zip(request.Releases).Where(slice => slice.Second.Span.SequenceEqual(old)).Select(slice => slice.First)) : [];
        broker.OnPull = async (_, _, script) =>
        {
            await script.HeaderAsync(0);
            foreach (var slice in new[] { First, Second }) await script.SliceAsync(slice, RecordsOf(isRestored ? Other : slice), release: isRestored ? now : old);
            await script.SummaryAsync();
        };
        var sink = new MemorySink();
        using var connection = broker.Connect();
        await new PullSession(connection, DealName, sink).RunAsync();
        isRestored = true;

        var result = await new PullSession(connection, DealName, sink).RunAsync();

        Assert.Equal([First, Second], sink.SetAside.Order());
        Assert.Equal((2, 2, 0), (result.Total.LostSlices, result.Total.Slices, result.Total.RepeatedSlices));
        Assert.Equal([First, Second, First, Second], sink.Kept.Select(slice => slice.Id));
        Assert.Equal(Convert.ToHexStringLower(now), sink.ReleaseOf(First));
        Assert.All(broker.Confirmations.Last().Releases, release => Assert.Equal(now, release.ToByteArray()));
    }

    [Fact]
    public async Task A_slice_that_comes_as_another_release_than_is_held_takes_its_place_and_the_same_release_does_not()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var (old, now) = (Enumerable.Repeat((byte)1, 16).ToArray(), Enumerable.Repeat((byte)2, 16).ToArray());
        broker.OnPull = async (_, _, script) =>
        {
            await script.HeaderAsync(0);
            await script.SliceAsync(First, RecordsOf(First), release: old);
            await script.SliceAsync(First, RecordsOf(First), resend: 1, release: old);
            await script.SliceAsync(First, RecordsOf(Other), release: now); // restored in mid-stream
            await script.SummaryAsync();
        };
        var sink = new MemorySink();
        using var connection = broker.Connect();

        var result = await new PullSession(connection, DealName, sink).RunAsync();

        Assert.Equal((1, 1, 2), (result.Total.LostSlices, result.Total.RepeatedSlices, result.Total.Slices));
        Assert.Equal(MemorySink.IdsOf([.. RecordsOf(First), .. RecordsOf(Other)]), sink.Ids);
    }

    [Fact]
    public async Task A_stream_that_breaks_in_mid_slice_is_resumed_and_its_unfinished_slice_is_discarded()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnPull = async (number, _, script) =>
        {
            await script.HeaderAsync(0);
            if (number == 1)
            {
                await script.SliceAsync(First, RecordsOf(First));
                await script.BeginAsync(Second);
                await script.BatchAsync(Second, RecordsOf(Second).Take(1));
                await broker.FirstConfirmation;
                script.Break();
                return;
            }

            await script.SliceAsync(Second, RecordsOf(Second), resend: 1);
            await script.SummaryAsync();
        };
        var sink = new MemorySink();
        using var connection = broker.Connect();

        var result = await new PullSession(connection, DealName, sink, EachAtOnce).RunAsync();

        Assert.Equal(MemorySink.IdsOf([.. RecordsOf(First), .. RecordsOf(Second)]), sink.Ids);
        Assert.Equal(["pull", "confirm 0/1/1", "pull", "confirm 0/1/2"], broker.Events);
        Assert.Equal((1, 2, 0), (result.Total.Breaks, result.Total.Slices, result.Total.LateSlices));
    }

    [Fact]
    public async Task A_stream_that_ends_without_its_summary_is_opened_again()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnPull = async (number, _, script) =>
        {
            await script.HeaderAsync(0);
            if (number == 2) await script.SummaryAsync();
        };
        using var connection = broker.Connect();
        Assert.Equal(1, (await new PullSession(connection, DealName, new MemorySink()).RunAsync()).Total.Breaks);
    }

    [Theory]
    [InlineData("begin")]
    [InlineData("batch")]
    [InlineData("end")]
    public async Task A_message_later_than_its_deadline_is_refused_and_its_slice_reported(string late)
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var time = new ScriptedTime { SkipsDelays = true };
        broker.OnPull = async (number, _, script) =>
        {
            await script.HeaderAsync(0);
            if (number == 1)
            {
                await script.SliceAsync(First, RecordsOf(First));
                await broker.FirstConfirmation;
                time.Advance(TimeSpan.FromMilliseconds(2_001));
                await script.BeginAsync(Second, deadline: late == "begin" ? 2_000 : 2_001);
                await script.BatchAsync(Second, RecordsOf(Second), deadline: late == "batch" ? 2_000 : 2_001);
                await script.EndAsync(Second, DigestOf(RecordsOf(Second)), deadline: late == "end" ? 2_000 : 2_001);
                await script.SummaryAsync();
                return;
            }

            await script.SliceAsync(Second, RecordsOf(Second), resend: 1);
            await script.SummaryAsync();
        };
        var sink = new MemorySink();
        using var connection = broker.Connect(time);

        var result = await new PullSession(connection, DealName, sink, EachAtOnce).RunAsync();

        Assert.Equal([0, 1], sink.Kept.Select(slice => slice.Resend)); // the late sending was not kept, the resend was
        var report = broker.Confirmations.Single(request => request.LateSlices.Count > 0);
        Assert.Equal(("0/1/2", 0), (ScriptedBroker.NameOf(report.LateSlices.Single()), report.Slices.Count));
        Assert.Equal((1, 1), (result.Total.LateSlices, result.Total.Breaks));
    }

    [Fact]
    public async Task A_message_at_its_deadline_is_in_time()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var time = new ScriptedTime { SkipsDelays = true };
        broker.OnPull = async (_, _, script) =>
        {
            await script.HeaderAsync(0);
            time.Advance(TimeSpan.FromSeconds(2));
            await script.BeginAsync(First, deadline: 2_000);
            await script.BatchAsync(First, RecordsOf(First), deadline: 2_000);
            await script.EndAsync(First, DigestOf(RecordsOf(First)), deadline: 2_000);
            await script.SummaryAsync();
        };
        var sink = new MemorySink();
        using var connection = broker.Connect(time);
        await new PullSession(connection, DealName, sink).RunAsync();
        Assert.Equal(First, sink.Kept.Single().Id);
    }

    [Fact]
    public async Task Deadlines_count_from_each_streams_own_request()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var time = new ScriptedTime { SkipsDelays = true };
        broker.OnPull = async (number, _, script) =>
        {
            await script.HeaderAsync(0);
            if (number == 1)
            {
                time.Advance(TimeSpan.FromHours(1));
                script.Break();
                return;
            }

            await script.BeginAsync(First, deadline: 1);
            await script.BatchAsync(First, RecordsOf(First), deadline: 1);
            await script.EndAsync(First, DigestOf(RecordsOf(First)), deadline: 1);
            await script.SummaryAsync();
        };
        var sink = new MemorySink();
        using var connection = broker.Connect(time);
        Assert.Equal(0, (await new PullSession(connection, DealName, sink).RunAsync()).Total.LateSlices);
        Assert.Equal(First, sink.Kept.Single().Id);
    }

    [Fact]
    public async Task A_slice_whose_records_are_not_those_of_its_digest_is_refused_and_taken_when_it_comes_right()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnPull = async (number, _, script) =>
        {
            await script.HeaderAsync(0);
            await script.BeginAsync(First, resend: number - 1);
            await script.BatchAsync(First, number == 1 ? RecordsOf(First).Skip(1) : RecordsOf(First));
            await script.EndAsync(First, DigestOf(RecordsOf(First)));
            await script.SummaryAsync();
        };
        var sink = new MemorySink();
        using var connection = broker.Connect();
        var result = await new PullSession(connection, DealName, sink).RunAsync();
        Assert.Equal(1, sink.Kept.Single().Resend);
        Assert.Equal((0, 1), (result.Total.LateSlices, result.Total.Breaks));
        Assert.All(broker.Confirmations, request => Assert.Empty(request.LateSlices));
    }

    [Fact]
    public async Task A_slice_that_is_wrong_every_time_ends_the_pull_after_a_bounded_number_of_tries()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnPull = async (_, _, script) =>
        {
            await script.HeaderAsync(0);
            await script.BeginAsync(First);
            await script.BatchAsync(First, RecordsOf(First).Reverse());
            await script.EndAsync(First, DigestOf(RecordsOf(First)));
            await script.SummaryAsync();
        };
        var sink = new MemorySink();
        using var connection = broker.Connect(retry: new() { AttemptsMax = 3 });
        var error = await Assert.ThrowsAsync<BrokerException>(() => new PullSession(connection, DealName, sink).RunAsync());
        Assert.Equal("SLICE_REFUSED", error.Reason);
        Assert.Equal(3, broker.Events.Count(entry => entry == "pull"));
        Assert.Empty(sink.Kept);
        Assert.Empty(broker.Confirmations);
    }

    [Fact]
    public async Task Tries_are_counted_anew_once_a_stream_brought_something()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var confirmed = new SemaphoreSlim(0);
        broker.OnConfirm = (_, _) =>
        {
            confirmed.Release();
            return Task.CompletedTask;
        };
        broker.OnPull = async (number, _, script) =>
        {
            await script.HeaderAsync(0);
            if (number == 7)
            {
                await script.SummaryAsync();
                return;
            }

            await script.SliceAsync(new(0, 1, number), RecordsOf(new(0, 1, number)));
            await confirmed.WaitAsync();
            script.Break();
        };
        using var connection = broker.Connect(retry: new() { AttemptsMax = 2 });
        Assert.Equal(6, (await new PullSession(connection, DealName, new MemorySink(), EachAtOnce).RunAsync()).Total.Breaks);
    }

    [Fact]
    public async Task A_message_out_of_order_gives_the_stream_up()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnPull = async (number, _, script) =>
        {
            if (number == 1) await script.BeginAsync(First); // before the header
            else await script.HeaderAsync(0);
            if (number == 2) await script.BatchAsync(First, RecordsOf(First)); // not begun
            if (number == 3)
            {
                await script.BeginAsync(First);
                await script.BatchAsync(Second, RecordsOf(Second)); // another slice of the partition
            }

            if (number == 4) await script.WriteAsync(new PullResponse());
            await script.SummaryAsync();
        };
        var sink = new MemorySink();
        using var connection = broker.Connect();
        Assert.Equal(4, (await new PullSession(connection, DealName, sink).RunAsync()).Total.Breaks);
        Assert.Empty(sink.Kept);
    }

    [Fact]
    public async Task A_slice_that_begins_again_replaces_what_came_of_it_and_one_cut_short_is_dropped()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnPull = async (_, _, script) =>
        {
            await script.HeaderAsync(0, 3);
            await script.BeginAsync(First);
            await script.BatchAsync(First, RecordsOf(First).Take(2));
            await script.SliceAsync(First, [Post("filtered")], resend: 1);
            await script.BeginAsync(Other);
            await script.BatchAsync(Other, RecordsOf(Other)); // its lease ended: no end comes
            await script.SummaryAsync();
        };
        var sink = new MemorySink();
        using var connection = broker.Connect();
        await new PullSession(connection, DealName, sink).RunAsync();
        Assert.Equal(["filtered"], sink.Ids);
        Assert.Equal("confirm 0/1/1", broker.Events.Last());
    }

    [Fact]
    public async Task A_slice_that_is_held_and_comes_again_is_confirmed_again_and_not_kept_again()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnPull = async (_, _, script) =>
        {
            await script.HeaderAsync(0);
            await script.SliceAsync(First, RecordsOf(First), resend: 1);
            await script.SliceAsync(Second, RecordsOf(Second));
            await script.SliceAsync(Second, RecordsOf(Second), resend: 1);
            await script.SummaryAsync();
        };
        var sink = new MemorySink(held: First);
        using var connection = broker.Connect();
        var result = await new PullSession(connection, DealName, sink).RunAsync();
        Assert.Equal(Second, sink.Kept.Single().Id);
        Assert.Equal((1, 2), (result.Total.Slices, result.Total.RepeatedSlices));
        Assert.Equal(["confirm 0/1/1", "pull", "confirm 0/1/1-2"], broker.Events);
    }

    [Fact]
    public async Task What_the_sink_holds_is_confirmed_before_the_pull_in_bounded_requests()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var held = Enumerable.Range(0, 1_001).Select(partition => new SliceId(partition, 1, 1)).Concat(Enumerable.Range(1, 250).Select(number => new SliceId(0, 2, number))).ToArray();
        using var connection = broker.Connect();
        await new PullSession(connection, DealName, new MemorySink(held)).RunAsync();
        Assert.Equal([1_000, 4], broker.Confirmations.Select(request => request.Slices.Count));
        Assert.Equal(held.Order(), broker.Confirmations.SelectMany(request => request.Slices).SelectMany(SlicesOf).Order());
        Assert.All(broker.Confirmations, request => Assert.True(request.Slices.Sum(range => range.LastSlice - range.FirstSlice + 1) <= 100_000));
        Assert.Equal("pull", broker.Events.Last());
    }

    [Fact]
    public async Task Nothing_is_confirmed_before_the_sink_has_made_it_durable()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var isAllSent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        broker.OnPull = async (_, _, script) =>
        {
            await script.HeaderAsync(0);
            await script.SliceAsync(First, RecordsOf(First));
            await script.SliceAsync(Second, RecordsOf(Second));
            await script.SummaryAsync();
            isAllSent.SetResult();
        };
        var sink = new MemorySink
        {
            OnKeep = async slice =>
            {
                await isAllSent.Task;
                Assert.DoesNotContain(slice.Id, broker.Confirmations.SelectMany(request => request.Slices).SelectMany(SlicesOf));
                broker.Events.Enqueue($"kept {slice.Id.Number}");
            },
        };
        using var connection = broker.Connect();
        await new PullSession(connection, DealName, sink, EachAtOnce).RunAsync();
        Assert.Equal(["pull", "kept 1", "confirm 0/1/1", "kept 2", "confirm 0/1/2"], broker.Events);
    }

    [Fact]
    public async Task A_sink_that_fails_ends_the_pull_and_its_slice_is_not_confirmed()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        var hungUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        broker.OnPull = async (_, _, script) =>
        {
            await script.HeaderAsync(0);
            await script.SliceAsync(First, RecordsOf(First));
            await script.SliceAsync(Second, RecordsOf(Second));
            await script.HungUp;
            hungUp.SetResult();
        };
        var sink = new MemorySink { OnKeep = slice => slice.Id == Second ? throw new IOException("No space left on device.") : Task.CompletedTask };
        using var connection = broker.Connect();
        await Assert.ThrowsAsync<IOException>(() => new PullSession(connection, DealName, sink, EachAtOnce).RunAsync());
        await hungUp.Task;
        Assert.Equal(["pull", "confirm 0/1/1"], broker.Events);
    }

    [Fact]
    public async Task A_confirmation_whose_outcome_is_unknown_is_repeated_with_the_same_request_id()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnConfirm = (_, context) => broker.Confirmations.Count switch
        {
            1 => throw RpcErrors.Unavailable("OUTCOME_UNKNOWN", "Nobody knows.", TimeSpan.FromSeconds(1)),
            2 => Break(context),
            _ => Task.CompletedTask,
        };
        using var connection = broker.Connect();
        await new PullSession(connection, DealName, new MemorySink(First)).RunAsync();
        Assert.Equal(3, broker.Confirmations.Count);
        Assert.True(Guid.TryParse(Assert.Single(broker.Confirmations.Select(request => request.RequestId).Distinct()), out _));
        Assert.Single(broker.Confirmations.Distinct());

        static Task Break(ServerCallContext context)
        {
            context.GetHttpContext().Abort();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Two_confirmations_have_two_request_ids()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnPull = async (_, _, script) =>
        {
            await script.HeaderAsync(0);
            await script.SliceAsync(First, RecordsOf(First));
            await script.SliceAsync(Second, RecordsOf(Second));
            await script.SummaryAsync();
        };
        using var connection = broker.Connect();
        await new PullSession(connection, DealName, new MemorySink(), EachAtOnce).RunAsync();
        Assert.Equal(2, broker.Confirmations.Select(request => request.RequestId).Distinct().Count());
    }

    [Theory]
    [InlineData(Code.ResourceExhausted, "QUOTA_EXCEEDED")]
    [InlineData(Code.FailedPrecondition, "DEAL_NOT_ACTIVE")]
    [InlineData(Code.Aborted, "PULL_TAKEN_OVER")]
    [InlineData(Code.PermissionDenied, "PERMISSION_DENIED")]
    public async Task A_refused_pull_ends_at_once_with_the_brokers_words(Code code, string reason)
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnPull = (_, _, _) => throw RpcErrors.Create(code, reason, "Said by the broker.");
        using var connection = broker.Connect();
        var error = await Assert.ThrowsAsync<BrokerException>(() => new PullSession(connection, DealName, new MemorySink()).RunAsync());
        Assert.Equal(((StatusCode)code, reason, "Said by the broker."), (error.Code, error.Reason, error.Message));
        Assert.Equal(["pull"], broker.Events);
    }

    [Fact]
    public async Task A_stream_that_a_broken_one_of_the_same_session_took_over_is_opened_again_once()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnPull = async (number, _, script) =>
        {
            await script.HeaderAsync(0);
            if (number == 1) script.Break();
            else throw RpcErrors.Create(Code.Aborted, "PULL_TAKEN_OVER", "Said by the broker.");
        };
        using var connection = broker.Connect();
        var error = await Assert.ThrowsAsync<BrokerException>(() => new PullSession(connection, DealName, new MemorySink()).RunAsync());
        Assert.Equal("PULL_TAKEN_OVER", error.Reason);
        Assert.Equal(["pull", "pull", "pull"], broker.Events);
    }

    [Fact]
    public async Task A_pull_whose_partition_moved_is_opened_again()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        broker.OnPull = async (number, _, script) =>
        {
            await script.HeaderAsync(0);
            if (number == 1) throw RpcErrors.Create(Code.Unavailable, "PULL_NOT_OPEN", "Said by the broker.");
            await script.SummaryAsync();
        };
        using var connection = broker.Connect();
        Assert.Equal(1, (await new PullSession(connection, DealName, new MemorySink()).RunAsync()).Total.Breaks);
    }

    [Fact]
    public async Task A_pull_that_is_cancelled_ends_and_keeps_what_it_has()
    {
        await using var broker = await ScriptedBroker.StartAsync();
        using var stop = new CancellationTokenSource();
        broker.OnPull = async (_, _, script) =>
        {
            await script.HeaderAsync(0);
            await script.SliceAsync(First, RecordsOf(First));
            await script.HungUp;
        };
        broker.OnConfirm = (_, _) => stop.CancelAsync();
        var sink = new MemorySink();
        using var connection = broker.Connect();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new PullSession(connection, DealName, sink, EachAtOnce).RunAsync(cancellationToken: stop.Token));
        Assert.Equal(First, sink.Kept.Single().Id);
    }

    private static IEnumerable<SliceId> SlicesOf(SliceRange range) =>
        Enumerable.Range(range.FirstSlice, range.LastSlice - range.FirstSlice + 1).Select(number => new SliceId(range.Partition, range.Round, number));
}
