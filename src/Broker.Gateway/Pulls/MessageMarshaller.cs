using Google.Protobuf;
using Grpc.Core;

namespace Broker.Gateway.Pulls;

/// <summary>How messages of generated types are read and written where their methods are bound by hand: as the generated binding does.</summary>
internal static class MessageMarshaller
{
    /// <summary>Reads and writes messages of a type.</summary>
    /// <param name="parser">Its parser.</param>
    public static Marshaller<T> Of<T>(MessageParser<T> parser)
        where T : class, IMessage<T> => Marshallers.Create(
        static (message, context) =>
        {
            context.SetPayloadLength(message.CalculateSize());
            message.WriteTo(context.GetBufferWriter());
            context.Complete();
        },
        context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));
}
