using Broker.Domain;
using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;
using Broker.Grains.Logs;
using Broker.Grains.Segments;
using Broker.Grains.Tokens;

namespace Broker.Grains.Partitions;

/// <summary>Counts of the partition's tokens: counted elsewhere, in force with the entry that names them.</summary>
/// <remarks>As with merges nothing of it lives only in memory: whatever cuts it off, what the log does not name is counted again, to the same bytes.</remarks>
internal sealed partial class PartitionGrain
{
    private readonly Dictionary<string, DateTimeOffset> _uncountable = new(StringComparer.Ordinal);
    private Task _counting = Task.CompletedTask;
    private bool _isCountingAgain;
    private string? _counted;

    private void StartCounting()
    {
        if (_services.Tokens is null) return;
        var period = _services.Counting.RetryAfter;
        this.RegisterGrainTimer(static (grain, _) => grain.CountSoon(), this, new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = period, Interleave = true });
    }

    /// <summary>Begins to count what waits for it, unless that is under way: then it looks once more when it is through.</summary>
    private Task CountSoon()
    {
        if (_services.Tokens is not { } counter) return Task.CompletedTask;
        if (_counting.IsCompleted) _counting = CountAsync(counter);
        else _isCountingAgain = true;
        return Task.CompletedTask;
    }

    /// <summary>Counts all there is. Never fails.</summary>
    private async Task CountAsync(ITokenCounter counter)
    {
        try
        {
            do
            {
                _isCountingAgain = false;
                await MendCountsAsync(counter);
                while (NextCount() is { } next) await TryCountAsync(counter, next.Segment, next.Tokenizer);
            }
            while (_isCountingAgain);
        }
        catch (Exception failure) when (failure is LogUnavailableException or LogFencedException or LogOverloadedException or OperationCanceledException)
        {
            // What is not counted is still wanted: the next look, or the next activation's, takes it up.
            PartitionMessages.CountFailed(_logger, LogName, failure);
        }
        catch (Exception failure)
        {
            PartitionMessages.CountBroken(_logger, LogName, failure); // nobody waits for this task: what is not said here is never heard
        }
        finally
        {
            _counted = null;
        }
    }

    private (PartitionSegment Segment, string Tokenizer)? NextCount()
    {
        foreach (var (segment, _) in _uncountable.Where(left => left.Value <= Now()).ToList()) _uncountable.Remove(segment);
        // What is being merged is counted when it lies where it will stay.
        return TokenRules.Next(State, Now(), _uncountable.Keys.Concat(_merged).ToHashSet(StringComparer.Ordinal));
    }

    private async Task TryCountAsync(ITokenCounter counter, PartitionSegment segment, string tokenizer)
    {
        _counted = segment.Info.Id;
        try
        {
            await CheckFenceAsync(); // what a stale activation counts, nobody will name
            var started = Time.GetTimestamp();
            var counted = await counter.CountAsync(RefOf(segment.Info), tokenizer, _stopMerging.Token);
            State.Attach(await counter.OpenAsync(RefOf(segment.Info), counted.Tokens, _stopMerging.Token)); // read back before anything rests on it
            MergeSteps.Pass(MergeStep.Counted);
            await ExecuteAsync((state, _) => TokenRules.Count(state, segment.Info.Id, counted.Tokens));
            Meter.Counted(tokenizer, segment.Info.Rows, counted.Total);
            var duration = Time.GetElapsedTime(started);
            PartitionMessages.Counted(_logger, LogName, counted.Total, segment.Info.Rows, segment.Info.Id, tokenizer, duration);
        }
        catch (Exception failure) when (failure is SegmentCorruptException or SegmentUnavailableException)
        {
            _uncountable[segment.Info.Id] = Now() + _services.Counting.RetryAfter;
            Meter.NotCounted();
            PartitionMessages.NotCounted(_logger, LogName, segment.Info.Id, segment.Info.Dataset, segment.Info.Rows, _services.Counting.RetryAfter, failure);
        }
        finally
        {
            _counted = null;
        }
    }

    /// <summary>Counts again what cannot be read: the same records give the same numbers.</summary>
    private async Task MendCountsAsync(ITokenCounter counter)
    {
        var broken = from segment in State.Segments
                     from tokens in segment.Tokens
                     where segment.CountsBy(tokens.Tokenizer) is UnreadableCounts && !_uncountable.ContainsKey(segment.Info.Id)
                     select (segment, tokens);
        foreach (var (segment, tokens) in broken.ToList())
        {
            await CheckFenceAsync();
            try
            {
                await counter.CountAsync(RefOf(segment.Info), tokens.Tokenizer, _stopMerging.Token);
                var counts = await counter.OpenAsync(RefOf(segment.Info), tokens, _stopMerging.Token);
                if (State.FindSegment(segment.Info.Id) is null) continue;
                State.Attach(counts);
                PartitionMessages.CountsMended(_logger, LogName, segment.Info.Id, tokens.Tokenizer);
            }
            catch (Exception failure) when (failure is SegmentCorruptException or SegmentUnavailableException)
            {
                _uncountable[segment.Info.Id] = Now() + _services.Counting.RetryAfter;
                PartitionMessages.NotCounted(_logger, LogName, segment.Info.Id, segment.Info.Dataset, segment.Info.Rows, _services.Counting.RetryAfter, failure);
            }
        }
    }

    /// <summary>Broken counts end nothing but what needs them; they are counted again.</summary>
    private async Task AttachCountsAsync(SegmentInfo segment, IEnumerable<SegmentTokens> counted, CancellationToken cancellationToken)
    {
        foreach (var tokens in counted)
            State.Attach(await OpenOrTellAsync(RefOf(segment), tokens, cancellationToken));
    }

    private async Task<TokenCounts> OpenOrTellAsync(SegmentRef segment, SegmentTokens tokens, CancellationToken cancellationToken)
    {
        try
        {
            if (_services.Tokens is { } counter) return await counter.OpenAsync(segment, tokens, cancellationToken);
            return new UnreadableCounts(segment, tokens, new SegmentCorruptException(segment.Id, "this node counts no tokens."));
        }
        catch (SegmentCorruptException corrupt)
        {
            Meter.SegmentCorrupt();
            PartitionMessages.CountsCorrupt(_logger, LogName, segment.Id, tokens.Tokenizer, corrupt);
            return new UnreadableCounts(segment, tokens, corrupt);
        }
    }

    private SegmentRef RefOf(SegmentInfo segment) => new(Platform, segment.Dataset, segment.Id, segment.Digest.AsMemory());

    /// <summary>Why a round must wait, or null.</summary>
    private static Refusal? WaitingForTokens(PartitionState state, DealLineage deal, PullRound round) => TokenRules.Waiting(state, deal, round) is > 0 and var records
        ? new(RefusalReason.TokensNotCounted, $"Up to {records} records of this pull wait until their tokens are counted by {deal.Contract.Terms.Tokenizer}.", "deal")
        : null;
}
