namespace Broker.Storage.Segments;

/// <summary>One segment of a store: opened once for all who want it at once. A failure is not remembered: an operator may have put the right file back.</summary>
internal sealed class OpenSegment : IDisposable
{
    private readonly Lock _gate = new();
    private readonly WeakReference<MappedSegment> _seen = new(null!);
    private MappedSegment? _kept;
    private Task<MappedSegment>? _opening;

    /// <summary>The segment; mapped first where it is not, or where nobody referred to it any more.</summary>
    public Task<MappedSegment> OpenAsync(Func<Task<MappedSegment>> map, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_seen.TryGetTarget(out var open)) return Task.FromResult(open);
            _opening ??= Task.Run(() => MapAsync(map), CancellationToken.None);
            return _opening.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Refers to the segment no more: it goes when nobody reads from it.</summary>
    public void LetGo()
    {
        lock (_gate)
        {
            _kept?.LetGo();
            _kept = null;
        }
    }

    public void Dispose()
    {
        lock (_gate)
            if (_seen.TryGetTarget(out var open))
                open.Dispose();
    }

    private async Task<MappedSegment> MapAsync(Func<Task<MappedSegment>> map)
    {
        MappedSegment? mapped = null;
        try
        {
            return mapped = await map();
        }
        finally
        {
            lock (_gate)
            {
                _opening = null;
                if (mapped is not null)
                {
                    _seen.SetTarget(mapped);
                    if (!mapped.IsCopy) _kept = mapped;
                }
            }
        }
    }
}
