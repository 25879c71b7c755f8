using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace Broker.Conventions;

public sealed class OptionsTests
{
    private static readonly Assembly[] Assemblies =
    [
        typeof(Grains.Partitions.SendLeaseOptions).Assembly, typeof(Storage.Imports.ImportOptions).Assembly, typeof(Gateway.GatewayOptions).Assembly, typeof(Hosting.NodeOptions).Assembly,
    ];

    private static IEnumerable<Type> Options => Assemblies.SelectMany(assembly => assembly.GetTypes()).Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) && Ranged(type).Any());

    [Fact]
    public void Options_with_ranges_have_somebody_who_checks_them()
    {
        var checkedTypes = Assemblies.SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetInterfaces())
            .Where(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IValidateOptions<>))
            .Select(face => face.GetGenericArguments()[0])
            .ToHashSet();
        Assert.NotEmpty(Options);
        Assert.DoesNotContain(Options, type => !checkedTypes.Contains(type));
    }

    [Fact]
    public void Defaults_lie_within_their_ranges() => Assert.All(Options, type =>
    {
        var options = Activator.CreateInstance(type)!;
        Assert.All(Ranged(type), property => Assert.True(property.GetCustomAttribute<RangeAttribute>()!.IsValid(property.GetValue(options)), $"{type.Name}.{property.Name}"));
    });

    private static IEnumerable<PropertyInfo> Ranged(Type type) => type.GetProperties().Where(property => property.GetCustomAttribute<RangeAttribute>() is not null);
}
