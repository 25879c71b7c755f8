using Grpc.Core;

namespace Broker.Gateway.Identity;

/// <summary>A request stream whose first message is checked before the method sees it.</summary>
internal sealed class FirstMessageChecked<T>(IAsyncStreamReader<T> inner, Func<T, Task> check) : IAsyncStreamReader<T>
{
    private bool _isChecked;

    public T Current => inner.Current;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (!await inner.MoveNext(cancellationToken)) return false;
        if (_isChecked) return true;
        await check(inner.Current);
        return _isChecked = true;
    }
}
