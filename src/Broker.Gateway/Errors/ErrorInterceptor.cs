using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Broker.Gateway.Errors;

/// <summary>Turns whatever a call throws into a <c>google.rpc.Status</c> with details, and names the call in a trailer.</summary>
internal sealed class ErrorInterceptor(ILogger<ErrorInterceptor> logger) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        Guard(context, () => continuation(request, context));

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        Guard(context, () => continuation(requestStream, context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        Guard(context, () => WithResult(continuation(request, responseStream, context)));

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        Guard(context, () => WithResult(continuation(requestStream, responseStream, context)));

    private static async Task<bool> WithResult(Task task)
    {
        await task;
        return true;
    }

    private async Task<T> Guard<T>(ServerCallContext context, Func<Task<T>> call)
    {
        var id = CallIds.Of(context);
        context.ResponseTrailers.Add(CallIds.Key, id);
        try
        {
            return await call();
        }
        catch (Exception exception)
        {
            var error = ErrorTranslation.ToRpcException(exception, context.CancellationToken.IsCancellationRequested);
            Log(context, id, error, exception);
            throw Named(error, id);
        }
    }

    private void Log(ServerCallContext context, string id, RpcException error, Exception exception)
    {
        if (ErrorTranslation.IsOurs(error)) ErrorLog.CallFailed(logger, context.Method, id, exception);
        else if (error.StatusCode == StatusCode.Unavailable) ErrorLog.CallUnavailable(logger, context.Method, id, exception);
        else ErrorLog.CallRefused(logger, context.Method, id, error.StatusCode, error.Status.Detail);
    }

    private static RpcException Named(RpcException error, string id)
    {
        var status = error.GetRpcStatus()!;
        status.Details.Add(Any.Pack(new RequestInfo { RequestId = id }));
        return status.ToRpcException(error.StatusCode, error.Status.Detail);
    }
}
