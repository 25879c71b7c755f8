using Broker.Protos.Log.V1;
using Google.Protobuf;

namespace Broker.Grains.Logs;

/// <summary>The newest request ids of a log and what they led to.</summary>
internal sealed class RequestIds(int kept)
{
    private readonly Dictionary<string, RememberedRequest> _byId = new(StringComparer.Ordinal);
    private readonly Queue<RememberedRequest> _oldestFirst = new();

    public RememberedRequest? Find(string id) => _byId.GetValueOrDefault(id);

    public void Remember(string id, ReadOnlySpan<byte> digest, long firstPosition, int events) => Remember(new RememberedRequest
    {
        RequestId = id,
        RequestDigest = ByteString.CopyFrom(digest),
        FirstPosition = firstPosition,
        Events = events,
    });

    public void Remember(RememberedRequest request)
    {
        if (kept == 0 || !_byId.TryAdd(request.RequestId, request)) return;
        _oldestFirst.Enqueue(request);
        if (_oldestFirst.Count > kept) _byId.Remove(_oldestFirst.Dequeue().RequestId);
    }

    /// <summary>All of them as they are now; none ever changes.</summary>
    public IReadOnlyList<RememberedRequest> OldestFirst() => _oldestFirst.ToArray();
}
