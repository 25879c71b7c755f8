using System.Text;
using Broker.Gateway.Errors;
using Broker.Gateway.Identity;
using Broker.Protos.Flight;
using Broker.Protos.V1;
using Google.Protobuf;

namespace Broker.Gateway.Flights;

/// <summary>What Flight's requests speak of.</summary>
internal static class FlightNames
{
    /// <summary>The name of the one action.</summary>
    public const string ConfirmSlices = "confirm-slices";

    /// <summary>The deal that a descriptor names: a path (whole or in its segments) or a command that is the deal's name.</summary>
    public static string DealNameOf(FlightDescriptor descriptor) => descriptor.Type switch
    {
        FlightDescriptor.Types.DescriptorType.Path => string.Join('/', descriptor.Path),
        FlightDescriptor.Types.DescriptorType.Cmd => descriptor.Cmd.ToStringUtf8(),
        _ => "",
    };

    /// <summary>Whose flight a descriptor names.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: it names no deal.</exception>
    public static Tenant TenantOf(FlightDescriptor descriptor) => Tenants.Deal("flight_descriptor", DealNameOf(descriptor));

    /// <summary>Whose slices an action speaks of.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: there is no such action, or its body is not its request.</exception>
    public static Tenant TenantOf(Protos.Flight.Action action) => Tenants.Deal("deal", RequestOf(action).Deal);

    /// <summary>An action's request: protobuf, or its JSON.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: there is no such action, or its body is not its request.</exception>
    public static ConfirmSlicesRequest RequestOf(Protos.Flight.Action action)
    {
        if (action.Type != ConfirmSlices) throw RpcErrors.InvalidField("type", $"There is one action: {ConfirmSlices}.");
        try
        {
            // No protobuf message begins with a brace: the tag would be that of a group.
            return action.Body.Span is [(byte)'{', ..]
                ? JsonParser.Default.Parse<ConfirmSlicesRequest>(Encoding.UTF8.GetString(action.Body.Span))
                : ConfirmSlicesRequest.Parser.ParseFrom(action.Body);
        }
        catch (Exception malformed) when (malformed is InvalidProtocolBufferException or InvalidJsonException)
        {
            throw RpcErrors.InvalidField("body", "A broker.v1.ConfirmSlicesRequest, binary or JSON.");
        }
    }
}
