using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf;

namespace Broker.Cli.Output;

/// <summary>JSON for scripts: snake_case names, enums by name, 64-bit numbers as strings as proto3 JSON has them.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DictionaryKeyPolicy = null,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // nothing here goes into HTML
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseUpper), new LongAsString(), new MessageAsProtoJson() },
    };

    private static readonly JsonFormatter Messages =
        new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true).WithFormatDefaultValues(true));

    /// <summary>One line of JSON; a protobuf message, alone or inside, is written as proto3 JSON with the proto's names.</summary>
    public static string Of(object value) => value is IMessage message ? Messages.Format(message) : JsonSerializer.Serialize(value, Options);

    private sealed class LongAsString : JsonConverter<long>
    {
        public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }

    private sealed class MessageAsProtoJson : JsonConverter<IMessage>
    {
        public override bool CanConvert(Type typeToConvert) => typeof(IMessage).IsAssignableFrom(typeToConvert);

        public override IMessage Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, IMessage value, JsonSerializerOptions options) => writer.WriteRawValue(Messages.Format(value));
    }
}
