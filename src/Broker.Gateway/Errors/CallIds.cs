using Grpc.Core;

namespace Broker.Gateway.Errors;

/// <summary>The id under which a call stands in logs and errors: the caller's <c>x-request-id</c>, or a new one.</summary>
internal static class CallIds
{
    /// <summary>The metadata key, in requests and in trailers.</summary>
    public const string Key = "x-request-id";

    private const int LengthMax = 128;

    /// <summary>The call's id; the same one at each asking.</summary>
    public static string Of(ServerCallContext context)
    {
        if (context.UserState.TryGetValue(Key, out var known)) return (string)known;
        var sent = context.RequestHeaders.GetValue(Key);
        var id = sent is not null && IsUsable(sent) ? sent : Guid.CreateVersion7().ToString("D");
        context.UserState[Key] = id;
        return id;
    }

    // It goes into logs and headers: nothing but printable ASCII without spaces.
    private static bool IsUsable(string id) => id.Length is > 0 and <= LengthMax && id.All(letter => letter is > ' ' and < '\x7f');
}
