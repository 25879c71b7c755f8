using Broker.Gateway.Errors;
using Google.Rpc;
using Grpc.Core;

namespace Broker.Gateway.Identity;

/// <summary>A response stream that takes nothing more once its caller's token has expired: a stream may live for long, and its caller's rights no longer than
/// their token.</summary>
internal sealed class UntilExpiry<T>(IServerStreamWriter<T> inner, DateTimeOffset expiresAt, TimeProvider time) : IServerStreamWriter<T>
{
    public WriteOptions? WriteOptions
    {
        get => inner.WriteOptions;
        set => inner.WriteOptions = value;
    }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public Task WriteAsync(T message, CancellationToken cancellationToken) =>
        time.GetUtcNow() < expiresAt ? inner.WriteAsync(message, cancellationToken) : Task.FromException(Expired());

    private static RpcException Expired() =>
        RpcErrors.Create(Code.Unauthenticated, "TOKEN_EXPIRED", "The token expired while the stream was open; open it again with a new one.");
}
