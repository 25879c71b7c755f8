namespace Broker.Storage.Tokens;

/// <summary>Keeps work to a share of one core: after each piece it pauses for as long as the share asks.</summary>
/// <param name="time">The clock.</param>
/// <param name="percent">The share, 1 to 100.</param>
internal sealed class CoreShare(TimeProvider time, int percent)
{
    private static readonly TimeSpan Piece = TimeSpan.FromMilliseconds(20);

    private long _begun = time.GetTimestamp();

    /// <summary>Call it often; mostly it returns at once.</summary>
    public async ValueTask YieldAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var worked = time.GetElapsedTime(_begun);
        if (worked < Piece) return;
        if (percent < 100) await Task.Delay(worked * (100 - percent) / percent, time, cancellationToken);
        _begun = time.GetTimestamp();
    }
}
