using Broker.Protos.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Broker.Gateway.Tests.Wire;

/// <summary>Every RPC of broker.v1, found by reflection, and a way to call any of them.</summary>
internal static class AnyRpc
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(bytes => bytes, bytes => bytes);

    public static IReadOnlyList<ServiceDescriptor> Services { get; } =
    [
        .. typeof(PullService).Assembly.GetTypes()
            .Where(type => type.Namespace == "Broker.Protos.V1" && type.Name.EndsWith("Reflection", StringComparison.Ordinal))
            .Select(type => (FileDescriptor)type.GetProperty("Descriptor")!.GetValue(null)!)
            .SelectMany(file => file.Services),
    ];

    public static IReadOnlyDictionary<string, MethodDescriptor> ByName { get; } = Services
        .SelectMany(service => service.Methods)
        .ToDictionary(method => $"/{method.Service.FullName}/{method.Name}");

    /// <summary>Calls it with one message; the status that it ends with.</summary>
    public static async Task<RpcException?> CallAsync(CallInvoker invoker, string name, IMessage request, CallOptions options)
    {
        var method = ByName[name];
        var type = (method.IsClientStreaming, method.IsServerStreaming) switch
        {
            (true, _) => MethodType.ClientStreaming,
            (_, true) => MethodType.ServerStreaming,
            _ => MethodType.Unary,
        };
        var rpc = new Method<byte[], byte[]>(type, method.Service.FullName, method.Name, Bytes, Bytes);
        try
        {
            await CallAsync(invoker, rpc, request.ToByteArray(), options);
            return null;
        }
        catch (RpcException exception)
        {
            return exception;
        }
    }

    private static async Task CallAsync(CallInvoker invoker, Method<byte[], byte[]> rpc, byte[] request, CallOptions options)
    {
        if (rpc.Type == MethodType.Unary)
        {
            await invoker.AsyncUnaryCall(rpc, null, options, request);
        }
        else if (rpc.Type == MethodType.ServerStreaming)
        {
            using var call = invoker.AsyncServerStreamingCall(rpc, null, options, request);
            await call.ResponseStream.MoveNext(CancellationToken.None);
        }
        else
        {
            using var call = invoker.AsyncClientStreamingCall(rpc, null, options);
            await SendAsync(call.RequestStream, request);
            await call;
        }
    }

    // The server may end the call before the message is out: what counts is the call's status.
    private static async Task SendAsync(IClientStreamWriter<byte[]> stream, byte[] request)
    {
        try
        {
            await stream.WriteAsync(request);
            await stream.CompleteAsync();
        }
        catch (Exception exception) when (exception is RpcException or InvalidOperationException)
        {
        }
    }
}
