using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Serializers;

namespace Broker.Grains.Serialization;

/// <summary>How what grains say to each other crosses calls.</summary>
public static class BrokerSerialization
{
    private const string DomainNamespace = "Broker.Domain";

    /// <summary>Registers it: the rules' types, which know nothing of Orleans, as JSON by their properties' names; collection
    /// expressions as arrays.</summary>
    public static IServiceCollection AddBrokerSerialization(this IServiceCollection services)
    {
        services.AddSerializer(static serializer => serializer.AddJsonSerializer(IsRulesType));
        services.AddSingleton<CollectionExpressionCodec>();
        services.AddSingleton<IGeneralizedCodec>(static provider => provider.GetRequiredService<CollectionExpressionCodec>());
        services.AddSingleton<IGeneralizedCopier>(static provider => provider.GetRequiredService<CollectionExpressionCodec>());
        return services;
    }

    private static bool IsRulesType(Type type) =>
        type.Namespace is { } name && (name == DomainNamespace || name.StartsWith(DomainNamespace + ".", StringComparison.Ordinal));
}
