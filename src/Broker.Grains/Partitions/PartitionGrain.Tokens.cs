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
                ForgetUncountable();
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
    }

    private (PartitionSegment Segment, string Tokenizer)? NextCount()
    {
        ForgetUncountable();
        // What is being merged is counted when it lies where it will stay.
        return TokenRules.Next(State, Now(), _uncountable.Keys.Concat(_merged).ToHashSet(StringComparer.Ordinal));
    }

    private void ForgetUncountable()
    {
        foreach (var (segment, _) in _uncountable.Where(left => left.Value <= Now()).ToList()) _uncountable.Remove(segment);
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
            if (failure is SegmentCorruptException corrupt) BreakRows(segment, corrupt);
            Meter.NotCounted();
            LeaveUncounted(segment.Info, failure);
        }
        finally
        {
            _counted = null;
        }
    }

    private void LeaveUncounted(SegmentInfo segment, Exception failure)
    {
        _uncountable[segment.Id] = Now() + _services.Counting.RetryAfter;
        PartitionMessages.NotCounted(_logger, LogName, segment.Id, segment.Dataset, segment.Rows, _services.Counting.RetryAfter, failure);
    }

    /// <summary>What its rows are needed for fails by its name from here on, until the right file is back.</summary>
    private void BreakRows(PartitionSegment segment, SegmentCorruptException corrupt)
    {
        Meter.SegmentCorrupt();
        PartitionMessages.SegmentCorrupt(_logger, LogName, segment.Info.Id, segment.Info.Dataset, segment.Info.Rows, corrupt);
        if (State.FindSegment(segment.Info.Id) is not null) State.Attach(new UnreadableRows(segment.Info, corrupt));
    }

    /// <summary>Opens again what could not be read, and counts again what still cannot: the same records give the same numbers. What is published does not
    /// take the place of other numbers, so that nothing is lost where a later library counts otherwise.</summary>
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
                var counts = await OpenOrCountAsync(counter, RefOf(segment.Info), tokens);
                if (State.FindSegment(segment.Info.Id) is null) continue;
                State.Attach(counts);
                PartitionMessages.CountsMended(_logger, LogName, segment.Info.Id, tokens.Tokenizer);
            }
            catch (Exception failure) when (failure is SegmentCorruptException or SegmentUnavailableException)
            {
                LeaveUncounted(segment.Info, failure);
            }
        }
    }

    private async Task<TokenCounts> OpenOrCountAsync(ITokenCounter counter, SegmentRef segment, SegmentTokens tokens)
    {
        try
        {
            return await counter.OpenAsync(segment, tokens, _stopMerging.Token);
        }
        catch (SegmentCorruptException)
        {
            await counter.CountAsync(segment, tokens.Tokenizer, _stopMerging.Token);
            return await counter.OpenAsync(segment, tokens, _stopMerging.Token);
        }
    }

    /// <summary>Broken counts end nothing but what needs them; they are counted again.</summary>
    private async Task AttachCountsAsync(SegmentInfo segment, IEnumerable<SegmentTokens> counted, CancellationToken cancellationToken)
    {
        foreach (var tokens in counted)
        {
            var counts = await OpenOrTellAsync(RefOf(segment), tokens, cancellationToken);
            if (State.FindSegment(segment.Id) is not null) State.Attach(counts);
        }
    }

    private async Task<TokenCounts> OpenOrTellAsync(SegmentRef segment, SegmentTokens tokens, CancellationToken cancellationToken)
    {
        try
        {
            if (_services.Tokens is { } counter) return await counter.OpenAsync(segment, tokens, cancellationToken);
            return new UnreadableCounts(segment.Id, tokens.Tokenizer, new SegmentCorruptException(segment.Id, "this node counts no tokens."));
        }
        catch (SegmentCorruptException corrupt)
        {
            Meter.SegmentCorrupt();
            PartitionMessages.CountsCorrupt(_logger, LogName, segment.Id, tokens.Tokenizer, corrupt);
            return new UnreadableCounts(segment.Id, tokens.Tokenizer, corrupt);
        }
    }

    private SegmentRef RefOf(SegmentInfo segment) => new(Platform, segment.Dataset, segment.Id, segment.Digest.AsMemory());

    /// <summary>Why a round must wait, or null.</summary>
    /// <exception cref="SegmentCorruptException">What waits is a segment that cannot be read: it will never be counted.</exception>
    private static Refusal? WaitingForTokens(PartitionState state, DealLineage deal, PullRound round)
    {
        var waiting = TokenRules.Waiting(state, deal, round);
        if (waiting.Count == 0) return null;
        foreach (var broken in waiting.Select(segment => segment.Rows).OfType<UnreadableRows>()) broken.UserAt(0);
        return new(
            RefusalReason.TokensNotCounted, $"Up to {waiting.Sum(segment => (long)segment.Info.Rows)} records of this pull wait until their tokens are counted by {deal.Contract.Terms.Tokenizer}.", "deal");
    }
}
