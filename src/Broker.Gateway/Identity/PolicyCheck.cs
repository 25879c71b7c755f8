using Grpc.AspNetCore.Server;

namespace Broker.Gateway.Identity;

/// <summary>Refuses to start a node that maps an RPC without a policy.</summary>
internal sealed class PolicyCheck(EndpointDataSource endpoints) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var missing = MissingAmong(endpoints).ToList();
        return missing.Count == 0
            ? Task.CompletedTask
            : throw new InvalidOperationException($"No policy says who may call {string.Join(", ", missing)}. Add them to RpcPolicies.");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The mapped RPCs without a policy.</summary>
    internal static IEnumerable<string> MissingAmong(EndpointDataSource endpoints) =>
        endpoints.Endpoints
            .Select(endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.FullName)
            .OfType<string>()
            .Where(method => RpcPolicies.Find(method) is null)
            .Distinct();
}
