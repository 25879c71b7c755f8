using System.Reflection;
using Broker.Domain.Deals;
using Broker.Grains.Deals;
using Broker.Grains.Partitions;
using Broker.Grains.Platforms;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>The grains that a pull talks to: the platform "acme", its deal "pact" with "lab", and scripted partitions.</summary>
internal sealed class PullGrains(int partitionCount) : IGrainFactory
{
    private readonly IPlatformGrain _platform = OnlyGet.Of<IPlatformGrain>(Task.FromResult<PlatformView?>(
        new PlatformView("acme", "Acme", partitionCount, default, [], [])));

    private readonly IDealGrain _deal = OnlyGet.Of<IDealGrain>(Task.FromResult<DealView?>(
        new DealView("lab", DealLife.Active, "", new ContractVersion(3, null!, default, "", ""), null, default, [])));

    public IReadOnlyList<ScriptedPartition> Partitions { get; } = [.. Enumerable.Range(0, partitionCount).Select(index => new ScriptedPartition(index))];

    /// <summary>Observers that were made and not deleted, and how many were deleted.</summary>
    public HashSet<IGrainObserver> Observers { get; } = [];

    public Reached Deletions { get; } = new();

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        object grain = typeof(TGrainInterface) switch
        {
            var type when type == typeof(IPlatformGrain) && primaryKey == "acme" => _platform,
            var type when type == typeof(IDealGrain) && primaryKey == "acme/pact" => _deal,
            var type when type == typeof(IPartitionGrain) => Partitions[PartitionKeys.Parse(primaryKey).Index],
            _ => throw new NotSupportedException($"{typeof(TGrainInterface).Name} {primaryKey}"),
        };
        return (TGrainInterface)grain;
    }

    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        lock (Observers) Assert.True(Observers.Add(obj));
        return (TGrainObserverInterface)obj;
    }

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        lock (Observers) Assert.True(Observers.Remove(obj));
        Deletions.Add();
    }

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey => throw new NotSupportedException();

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey => throw new NotSupportedException();

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidCompoundKey => throw new NotSupportedException();

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerCompoundKey => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey, string keyExtension) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey, string keyExtension) => throw new NotSupportedException();

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable => throw new NotSupportedException();

    public IAddressable GetGrain(GrainId grainId) => throw new NotSupportedException();

    public IAddressable GetGrain(GrainId grainId, GrainInterfaceType interfaceType) => throw new NotSupportedException();

    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey, string grainClassNamePrefix) => throw new NotSupportedException();

    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey) => throw new NotSupportedException();
}

/// <summary>A grain of which only <c>GetAsync</c> is asked.</summary>
public class OnlyGet : DispatchProxy
{
    private object? _answer;

    public static T Of<T>(object answer)
        where T : class
    {
        var grain = Create<T, OnlyGet>();
        ((OnlyGet)(object)grain)._answer = answer;
        return grain;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Name == "GetAsync" ? _answer : throw new NotSupportedException(targetMethod.Name);
}
