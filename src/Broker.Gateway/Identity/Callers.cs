using Grpc.Core;

namespace Broker.Gateway.Identity;

/// <summary>The caller of a call, for its method.</summary>
public static class Callers
{
    private static readonly object Key = typeof(VerifiedCaller);

    /// <summary>Who calls.</summary>
    /// <exception cref="InvalidOperationException">The call did not go through the interceptor.</exception>
    public static VerifiedCaller GetCaller(this ServerCallContext context) =>
        context.UserState.TryGetValue(Key, out var caller)
            ? (VerifiedCaller)caller
            : throw new InvalidOperationException($"{context.Method} has no verified caller.");

    internal static void Set(ServerCallContext context, VerifiedCaller caller) => context.UserState[Key] = caller;
}
