using Broker.Protos.V1;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;

namespace Broker.Gateway.Pulls;

/// <summary>Binds the service's methods by hand: what a pull sends is written by <see cref="PullFrame"/>, where generated code would build each record first.</summary>
internal sealed class PullMethods : IServiceMethodProvider<PullApi>
{
    private static readonly string Service = PullService.Descriptor.FullName;

    private static readonly Marshaller<PullFrame> Frames = Marshallers.Create<PullFrame>(
        static (frame, context) =>
        {
            context.SetPayloadLength(frame.Length);
            frame.WriteTo(context.GetBufferWriter());
            context.Complete();
        },
        static _ => throw new NotSupportedException("A gateway sends pulls, and receives none."));

    /// <summary>The generated binding, set aside: <see cref="OnServiceMethodDiscovery"/> binds.</summary>
    /// <param name="binder">Is told of nothing.</param>
    /// <param name="service">None.</param>
    public static void BindNothing(ServiceBinderBase binder, PullApi? service)
    {
    }

    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<PullApi> context)
    {
        context.AddServerStreamingMethod(
            new Method<PullRequest, PullFrame>(MethodType.ServerStreaming, Service, nameof(PullApi.Pull), MessageMarshaller.Of(PullRequest.Parser), Frames), [],
            static (api, request, stream, call) => api.Pull(request, stream, call));
        context.AddUnaryMethod(
            new Method<ConfirmSlicesRequest, ConfirmSlicesResponse>(
                MethodType.Unary, Service, nameof(PullApi.ConfirmSlices), MessageMarshaller.Of(ConfirmSlicesRequest.Parser), MessageMarshaller.Of(ConfirmSlicesResponse.Parser)),
            [],
            static (api, request, call) => api.ConfirmSlices(request, call));
    }
}
