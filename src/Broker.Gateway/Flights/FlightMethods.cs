using Broker.Gateway.Pulls;
using Broker.Protos.Flight;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;

namespace Broker.Gateway.Flights;

/// <summary>Binds Flight's methods by hand: DoGet's messages are written by <see cref="FlightFrame"/>, straight into the transport's memory,
/// where generated code would build each in memory first. What is not bound here is UNIMPLEMENTED.</summary>
internal sealed class FlightMethods : IServiceMethodProvider<FlightApi>
{
    /// <summary>The service's full name.</summary>
    public const string Service = "arrow.flight.protocol.FlightService";

    private static readonly Marshaller<FlightFrame> Frames = Marshallers.Create<FlightFrame>(
        static (frame, context) =>
        {
            context.SetPayloadLength(frame.Length);
            frame.WriteTo(context.GetBufferWriter());
            context.Complete();
        },
        static _ => throw new NotSupportedException("A gateway sends flights, and receives none."));

    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<FlightApi> context)
    {
        context.AddServerStreamingMethod(
            Of("ListFlights", MethodType.ServerStreaming, MessageMarshaller.Of(Criteria.Parser), MessageMarshaller.Of(FlightInfo.Parser)), [], static (api, request, stream, call) => api.ListFlights(request, stream, call));
        context.AddUnaryMethod(
            Of("GetFlightInfo", MethodType.Unary, MessageMarshaller.Of(FlightDescriptor.Parser), MessageMarshaller.Of(FlightInfo.Parser)), [], static (api, request, call) => api.GetFlightInfo(request, call));
        context.AddUnaryMethod(
            Of("GetSchema", MethodType.Unary, MessageMarshaller.Of(FlightDescriptor.Parser), MessageMarshaller.Of(SchemaResult.Parser)), [], static (api, request, call) => api.GetSchema(request, call));
        context.AddServerStreamingMethod(
            Of("DoGet", MethodType.ServerStreaming, MessageMarshaller.Of(Ticket.Parser), Frames), [], static (api, request, stream, call) => api.DoGet(request, stream, call));
        context.AddServerStreamingMethod(
            Of("DoAction", MethodType.ServerStreaming, MessageMarshaller.Of(Protos.Flight.Action.Parser), MessageMarshaller.Of(Result.Parser)), [], static (api, request, stream, call) => api.DoAction(request, stream, call));
        context.AddServerStreamingMethod(
            Of("ListActions", MethodType.ServerStreaming, MessageMarshaller.Of(Empty.Parser), MessageMarshaller.Of(ActionType.Parser)), [], static (_, request, stream, call) => FlightApi.ListActions(request, stream, call));
    }

    private static Method<TRequest, TResponse> Of<TRequest, TResponse>(string name, MethodType type, Marshaller<TRequest> requests, Marshaller<TResponse> responses) =>
        new(type, Service, name, requests, responses);
}
