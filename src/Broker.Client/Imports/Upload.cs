using Grpc.Core;

namespace Broker.Client.Imports;

/// <summary>One client-streaming call.</summary>
internal static class Upload
{
    /// <summary>Sends the messages and reads the answer.</summary>
    /// <exception cref="BrokerException">The broker refused or the stream broke.</exception>
    /// <remarks>What the source throws goes through; the call is then cancelled before its end, and so the broker does not take it for whole.</remarks>
    public static async Task<TResponse> SendAsync<TRequest, TResponse>(
        BrokerConnection connection, Func<CallOptions, AsyncClientStreamingCall<TRequest, TResponse>> method, IEnumerable<TRequest> messages, CancellationToken cancellationToken)
    {
        var options = await connection.CallOptionsAsync(cancellationToken);
        var gateway = connection.Gateway;
        using var call = method(options);
        var isTaken = true;
        foreach (var message in messages)
        {
            isTaken = await TryAsync(() => call.RequestStream.WriteAsync(message, cancellationToken));
            if (!isTaken) break;
        }

        if (isTaken) await TryAsync(call.RequestStream.CompleteAsync);
        return await connection.GuardAsync(gateway, () => call.ResponseAsync, cancellationToken);
    }

    /// <summary>A step of the sending; false where the call has ended already: its answer says why.</summary>
    private static async Task<bool> TryAsync(Func<Task> step)
    {
        try
        {
            await step();
            return true;
        }
        catch (Exception error) when (error is RpcException or InvalidOperationException)
        {
            return false;
        }
    }
}
