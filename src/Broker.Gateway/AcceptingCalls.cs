using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Broker.Gateway;

/// <summary>Healthy from the host's start until it begins to stop: then load balancers go elsewhere.</summary>
internal sealed class AcceptingCalls(IHostApplicationLifetime lifetime) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var isServing = lifetime.ApplicationStarted.IsCancellationRequested && !lifetime.ApplicationStopping.IsCancellationRequested;
        return Task.FromResult(isServing ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The host is starting or stopping."));
    }
}
