namespace Broker.Hosting.Clusters;

/// <summary>What becomes of a silo that its cluster has declared dead, or that finds itself broken.</summary>
/// <remarks>One that still joins has answered nobody: its start is given up, and says what to do. One that has joined ends its process at once, as with
/// Orleans' own handler: what it still holds in memory is stale.</remarks>
/// <param name="joining">Gives the start up.</param>
internal sealed class SiloDeath(CancellationTokenSource joining) : IFatalErrorHandler
{
    private readonly Lock _lock = new();
    private bool _hasJoined;

    /// <summary>Why it was declared dead while it joined, or null.</summary>
    public string? Reason { get; private set; }

    /// <summary>From here on the node answers.</summary>
    /// <exception cref="OperationCanceledException">It was declared dead just now.</exception>
    public void Joined()
    {
        lock (_lock)
        {
            if (Reason is not null) throw new OperationCanceledException(Reason);
            _hasJoined = true;
        }
    }

    /// <inheritdoc/>
    public bool IsUnexpected(Exception exception) => exception is not ThreadAbortException;

    /// <inheritdoc/>
    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        bool hasJoined;
        lock (_lock)
        {
            hasJoined = _hasJoined;
            if (!hasJoined) Reason ??= context ?? exception?.Message ?? "";
        }

        if (hasJoined) Environment.FailFast($"This silo ends: {context} ({sender})", exception);
        joining.Cancel();
    }
}
