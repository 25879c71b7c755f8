using Broker.Gateway.Errors;
using Broker.Grains.Segments;
using Google.Rpc;
using Grpc.Core;

namespace Broker.Gateway.Pulls;

/// <summary>Writes slices to one stream, one message after another, each only while its slice's lease runs; whichever the wire is.</summary>
/// <typeparam name="T">A message.</typeparam>
/// <param name="pull">The stream.</param>
/// <param name="writer">Where messages go.</param>
/// <param name="abort">Resets the stream: what the transport has not taken is not sent.</param>
/// <param name="opener">Opens its rows.</param>
/// <param name="messages">What a slice is on this wire.</param>
/// <param name="openedAt">When the header was written: offsets count from here.</param>
internal sealed class SliceSender<T>(
    PullContext pull, IServerStreamWriter<T> writer, Action abort, SliceOpener opener, ISliceMessages<T> messages, long openedAt)
{
    private static readonly TimeSpan AgainDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>Sends a slice, or as much of it as its lease allows, and settles it.</summary>
    /// <exception cref="RpcException">DATA_LOSS: it is not what was released. RESOURCE_EXHAUSTED: the client is too slow. UNAVAILABLE: its
    /// lease ended while a message was being written.</exception>
    public async Task SendAsync(HeldSlice slice, CancellationToken cancellationToken)
    {
        try
        {
            if (!slice.MaySend(pull.Time.GetTimestamp())) return; // revoked while it waited
            var rows = await opener.OpenAsync(pull.Deal.Platform, slice.Grant, cancellationToken);
            var started = pull.Time.GetTimestamp();
            if (await WriteAsync(slice, rows, cancellationToken)) OnSent(slice, pull.Time.GetElapsedTime(started));
            else if (slice.WasWritten) pull.Meter.CutShort();
        }
        catch (SegmentCorruptException corrupt)
        {
            // The partition's other slices stay unsent, and are not charged; the other partitions go on. A stream that follows has no end to tell it at.
            var broken = Corrupt(slice, corrupt);
            if (pull.Follow is not null) throw broken;
            pull.Totals.Break(broken);
            slice.Puller.Stop();
        }
        finally
        {
            slice.Puller.Settle(slice);
        }
    }

    /// <summary>Sends a message that is no part of a slice.</summary>
    /// <param name="message">Makes it of the milliseconds since the header.</param>
    /// <param name="within">How long the client may leave it untaken.</param>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: the client does not take it.</exception>
    public async Task SendAsync(Func<long, T> message, TimeSpan within)
    {
        var written = writer.WriteAsync(message(OffsetOf(pull.Time.GetTimestamp())), CancellationToken.None);
        try
        {
            await written.WaitAsync(within, pull.Time, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            abort();
            await AwaitAborted(written);
            throw Stalled();
        }
    }

    private RpcException Corrupt(HeldSlice slice, SegmentCorruptException corrupt)
    {
        var name = slice.Grant.Slice;
        pull.Meter.Corrupt();
        PullLog.SliceCorrupt(pull.Logger, pull.Deal.ToString(), slice.Puller.Index, name.Round, name.Number, corrupt);
        return RpcErrors.Create(
            Code.DataLoss,
            "SEGMENT_CORRUPT",
            $"Slice {name.Round}/{name.Number} of partition {slice.Puller.Index} is not what was released. Discard what came of it; the operator knows.");
    }

    private void OnSent(HeldSlice slice, TimeSpan elapsed)
    {
        var grant = slice.Grant;
        pull.Totals.Sent(grant);
        pull.Meter.Sent(grant.Records, grant.Bytes);
        if (!pull.Sizer.Learn(grant.Bytes, elapsed, grant.Lease)) throw TooSlow();
    }

    /// <summary>False where the lease ended first: the slice has no end then, and its client discards it.</summary>
    private async Task<bool> WriteAsync(HeldSlice slice, IReadOnlyList<OpenedRows> rows, CancellationToken cancellationToken)
    {
        foreach (var message in messages.Of(slice, rows))
            if (!await TryWriteAsync(slice, message, cancellationToken))
                return false;
        return slice.IsWhole = true;
    }

    private async Task<bool> TryWriteAsync(HeldSlice slice, Func<long, T> message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!slice.MaySend(pull.Time.GetTimestamp()) || !slice.TryBegin()) return false;
        // Without the token: to cancel a write is to reset the stream, and why it is stopped (a take-over) could not be said any more.
        var written = writer.WriteAsync(message(DeadlineOf(slice)), CancellationToken.None);
        if (!written.IsCompleted) await FinishAsync(slice, written);
        await written;
        return true;
    }

    /// <summary>Waits for a write that the transport has not taken yet; resets the stream when its slice's lease ends first, or when
    /// the client takes nothing for a whole lease.</summary>
    private async Task FinishAsync(HeldSlice slice, Task written)
    {
        var giveUpAt = pull.After(pull.Time.GetTimestamp(), slice.Grant.Lease);
        while (!written.IsCompleted)
        {
            var now = pull.Time.GetTimestamp();
            var left = pull.Time.GetElapsedTime(now, Math.Min(slice.ExpiresAt, giveUpAt));
            if (left <= TimeSpan.Zero)
            {
                abort();
                await AwaitAborted(written);
                throw now >= giveUpAt ? Stalled() : LeaseEnded(slice);
            }

            using var timer = new CancellationTokenSource();
            await Task.WhenAny(written, Task.Delay(left, pull.Time, timer.Token));
            await timer.CancelAsync();
        }
    }

    // The reset makes the write fail, or it was just taken: either way it is over, and the slice counts as written.
    private static async Task AwaitAborted(Task written) => await written.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private RpcException Stalled()
    {
        PullLog.ClientStalled(pull.Logger, pull.Deal.ToString(), pull.StreamId);
        return TooSlow();
    }

    private RpcException LeaseEnded(HeldSlice slice)
    {
        PullLog.LeaseEnded(pull.Logger, pull.Deal.ToString(), slice.Puller.Index, slice.Grant.Slice.Round, slice.Grant.Slice.Number);
        return RpcErrors.Unavailable("LEASE_ENDED", "A slice's lease ended while a message of it was being written. Call again.", AgainDelay);
    }

    private long DeadlineOf(HeldSlice slice) => OffsetOf(slice.ExpiresAt);

    private long OffsetOf(long timestamp) => (long)pull.Time.GetElapsedTime(openedAt, timestamp).TotalMilliseconds;

    private static RpcException TooSlow() => RpcErrors.Create(
        Code.ResourceExhausted, "CLIENT_TOO_SLOW", "The client does not take even the smallest slice within its lease. Read faster, or ask for fewer partitions at once.");
}
