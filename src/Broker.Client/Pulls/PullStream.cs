using System.Threading.Channels;
using Broker.Protos.V1;
using Grpc.Core;

namespace Broker.Client.Pulls;

/// <summary>How a stream ended.</summary>
/// <param name="Summary">The gateway's summary; null when it broke, was given up or stopped.</param>
/// <param name="Error">Why it broke; null with a summary, and where its caller stopped it.</param>
/// <param name="LateSlice">The slice that came too late, where that is why it was given up.</param>
internal sealed record StreamEnd(PullSummary? Summary, BrokerException? Error, SliceId? LateSlice);

/// <summary>One <c>Pull</c> call: reads ahead of the sink by a few slices, so that a slow disk does not make messages late.</summary>
internal sealed class PullStream(BrokerConnection connection, PullRequest request, PullTally tally)
{
    private const int AheadMax = 4;

    // A null is a heartbeat: it comes in its turn, after the slices that were sent before it.
    private readonly Channel<ReceivedSlice?> _whole = Channel.CreateBounded<ReceivedSlice?>(
        new BoundedChannelOptions(AheadMax) { SingleReader = true, SingleWriter = true });

    /// <summary>Reads to the stream's end, and hands each whole slice to the sink in its turn.</summary>
    /// <param name="keep">Told of each slice; of null where nothing was new for a while.</param>
    /// <param name="stopped">Ends the reading: what came whole until then is kept.</param>
    /// <param name="cancellationToken">Gives everything up.</param>
    /// <exception cref="IOException">What <paramref name="keep"/> throws goes through; so does everything that is not the stream's.</exception>
    public async Task<StreamEnd> RunAsync(Func<ReceivedSlice?, Task> keep, CancellationToken stopped, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopped);
        var reading = ReadAsync(stop.Token, stopped);
        try
        {
            await foreach (var slice in _whole.Reader.ReadAllAsync(cancellationToken)) await keep(slice);
            return await reading;
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // its error went through above, or another did
        }
    }

    private async Task<StreamEnd> ReadAsync(CancellationToken cancellationToken, CancellationToken stopped)
    {
        using var assembly = new SliceAssembly();
        try
        {
            await ReadAsync(assembly, cancellationToken);
            return assembly.Summary is { } summary
                ? new(summary, null, null)
                : new(null, new BrokerException(StatusCode.Unavailable, "STREAM_ENDED", "The stream ended without its summary."), null);
        }
        catch (RefusedSliceException refused)
        {
            var reason = refused.IsLate ? "SLICE_LATE" : "SLICE_REFUSED";
            return new(null, new BrokerException(StatusCode.Unavailable, reason, refused.Message, refused), refused.IsLate ? refused.Slice : null);
        }
        catch (BrokerException error)
        {
            return new(null, error, null);
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            return new(null, null, null);
        }
        finally
        {
            _whole.Writer.Complete();
        }
    }

    private async Task ReadAsync(SliceAssembly assembly, CancellationToken cancellationToken)
    {
        var options = await connection.CallOptionsAsync(cancellationToken);
        var sent = connection.Time.GetTimestamp(); // the gateway's header is later: deadlines are refused rather too early than too late
        var gateway = connection.Gateway;
        using var call = connection.Pulls.Pull(request, options);
        while (await connection.GuardAsync(gateway, () => call.ResponseStream.MoveNext(cancellationToken), cancellationToken))
        {
            var arrived = connection.Time.GetElapsedTime(sent);
            var whole = assembly.Take(call.ResponseStream.Current, arrived);
            tally.See(call.ResponseStream.Current);
            if (whole is not null || call.ResponseStream.Current.Heartbeat is not null) await _whole.Writer.WriteAsync(whole, cancellationToken);
        }
    }
}
