using System.Text.Json;
using Orleans.Storage;

namespace Broker.Storage.Tests.GrainStorage;

/// <summary>States as plain JSON.</summary>
internal sealed class JsonStates : IGrainStorageSerializer
{
    public BinaryData Serialize<T>(T? input) => new(JsonSerializer.SerializeToUtf8Bytes(input));

    public T Deserialize<T>(BinaryData input) => input.ToObjectFromJson<T>()!;
}
