using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Broker.Grains.Logs;

/// <summary>What a grain throws reaches its caller in another process, whatever caused it. Orleans by itself carries only exceptions of its own
/// and the framework's: one inner exception of a database driver, and the caller would get a serializer's error in place of what its call came
/// to, "nothing was changed" and "outcome unknown" alike.</summary>
public static class CallFailures
{
    /// <summary>Lets exceptions of every type cross, causes included: type, message and stack do, a driver's own fields do not.</summary>
    public static IServiceCollection AddCallFailures(this IServiceCollection services) =>
        services.Configure<ExceptionSerializationOptions>(static options => options.SupportedExceptionTypeFilter = static _ => true);
}
