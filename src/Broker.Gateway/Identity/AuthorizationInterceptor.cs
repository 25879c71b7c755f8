using Broker.Gateway.Errors;
using Broker.Gateway.Identity.Issuers;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Broker.Gateway.Identity;

/// <summary>Lets a call through when its token is good, its role stands in <see cref="RpcPolicies"/>, and the request speaks of the
/// caller's own tenant. Everything else is refused.</summary>
/// <remarks>Another tenant's resource and one that does not exist are refused alike, so nobody learns what others have.</remarks>
internal sealed class AuthorizationInterceptor(ITokenValidator tokens, ITenantResolver resolver, TimeProvider time) : Interceptor
{
    private const string Scheme = "Bearer ";

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        await AuthorizeAsync(request, context);
        return await continuation(request, context);
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        var caller = await AuthorizeAsync(request, context);
        await continuation(request, Bounded(responseStream, caller), context);
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        var (reader, _) = await AuthorizeStreamAsync(requestStream, context);
        return await continuation(reader, context);
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        var (reader, caller) = await AuthorizeStreamAsync(requestStream, context);
        await continuation(reader, Bounded(responseStream, caller), context);
    }

    /// <summary>The caller; null where nobody is asked who they are.</summary>
    private async Task<VerifiedCaller?> AuthorizeAsync<TRequest>(TRequest request, ServerCallContext context)
    {
        var policy = PolicyOf(context);
        if (policy.IsOpen) return null;
        var caller = await CallerOfAsync(policy, context);
        await RequireTenantAsync(policy, caller, request);
        return caller;
    }

    // The stream's first message names the tenant: nothing reaches the method before it was looked at.
    private async Task<(IAsyncStreamReader<TRequest> Reader, VerifiedCaller? Caller)> AuthorizeStreamAsync<TRequest>(IAsyncStreamReader<TRequest> stream, ServerCallContext context)
    {
        var policy = PolicyOf(context);
        if (policy.IsOpen) return (stream, null);
        var caller = await CallerOfAsync(policy, context);
        return (new FirstMessageChecked<TRequest>(stream, first => RequireTenantAsync(policy, caller, first)), caller);
    }

    private IServerStreamWriter<TResponse> Bounded<TResponse>(IServerStreamWriter<TResponse> stream, VerifiedCaller? caller) =>
        caller is null ? stream : new UntilExpiry<TResponse>(stream, caller.ExpiresAt, time);

    private static RpcPolicy PolicyOf(ServerCallContext context) => RpcPolicies.Find(context.Method) ?? throw Denied();

    private async Task<VerifiedCaller> CallerOfAsync(RpcPolicy policy, ServerCallContext context)
    {
        var caller = TokenOf(context) is { } token ? await ValidateAsync(token) : null;
        if (caller is null) throw RpcErrors.Create(Code.Unauthenticated, "UNAUTHENTICATED", "Send a valid token: authorization: Bearer <token>.");
        if (!CertificateBinding.Holds(caller, context.GetHttpContext().Connection.ClientCertificate))
            throw RpcErrors.Create(Code.Unauthenticated, "CERTIFICATE_MISMATCH", "This token is bound to a client certificate: connect with that one.");
        if ((caller.Roles & policy.Roles) == 0) throw Denied();
        Callers.Set(context, caller);
        return caller;
    }

    private async ValueTask<VerifiedCaller?> ValidateAsync(string token)
    {
        try
        {
            return await tokens.ValidateAsync(token);
        }
        catch (IssuerUnreachableException unreachable)
        {
            throw RpcErrors.Unavailable("ISSUER_UNREACHABLE", $"{unreachable.Message} Call again.", unreachable.RetryDelay);
        }
    }

    private async Task RequireTenantAsync<TRequest>(RpcPolicy policy, VerifiedCaller caller, TRequest request)
    {
        var tenant = policy.TenantOf((IMessage)request!);
        if (!await AccessRules.MayCallAsync(caller, policy.Roles, tenant, resolver)) throw Denied();
    }

    private static string? TokenOf(ServerCallContext context)
    {
        var headers = context.RequestHeaders.Where(entry => entry.Key == "authorization").ToList();
        return headers is [{ IsBinary: false, Value: var value }] && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? value[Scheme.Length..].Trim()
            : null;
    }

    private static RpcException Denied() => RpcErrors.Create(
        Code.PermissionDenied, "PERMISSION_DENIED", "This token may not do that, or what it names is not its own (whether it exists or not).");
}
