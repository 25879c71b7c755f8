using System.Reflection;
using Broker.Domain.Consents;
using Broker.Domain.Deals;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Grains.Deals;
using Broker.Grains.Partitions;
using Broker.Grains.Platforms;

namespace Broker.Gateway.Tests.Pulls;

/// <summary>The grains that a pull talks to: the platform "acme", its deal "pact" with "lab", and scripted partitions.</summary>
internal sealed class PullGrains(int partitionCount) : IGrainFactory
{
    private readonly IPlatformGrain _platform = OnlyGet.Of<IPlatformGrain>(Task.FromResult<PlatformView?>(
        new PlatformView("acme", "Acme", partitionCount, default, [], [])));

    private readonly OnlyGet _deal = (OnlyGet)(object)OnlyGet.Of<IDealGrain>(Task.FromResult<DealView?>(DealUnder(FieldPolicy.Everything)));

    public IReadOnlyList<ScriptedPartition> Partitions { get; } = [.. Enumerable.Range(0, partitionCount).Select(index => new ScriptedPartition(index))];

    /// <summary>The field policy of the deal's contract from now on.</summary>
    public FieldPolicy Fields
    {
        set => _deal.Answer = Task.FromResult<DealView?>(DealUnder(value));
    }

    /// <summary>The scope of the deal's contract from now on.</summary>
    public Scope Scope
    {
        set => _deal.Answer = Task.FromResult<DealView?>(
            new DealView("lab", DealLife.Active, "", new ContractVersion(3, TermsWith(FieldPolicy.Everything) with { Scope = value }, default, "", ""), null, default, []));
    }

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

    private static DealView DealUnder(FieldPolicy fields) => new("lab", DealLife.Active, "", new ContractVersion(3, TermsWith(fields), default, "", ""), null, default, []);

    private static ContractTerms TermsWith(FieldPolicy fields) => new()
    {
        Scope = new Scope { Datasets = ["posts"], Kinds = RecordKinds.All, Purposes = Purposes.All, Fields = fields, FollowAllowed = true },
        Price = new Price(PriceModel.FlatPerTerm, 0, "USD"),
        TermStart = DateTimeOffset.UnixEpoch,
        TermEnd = DateTimeOffset.MaxValue,
    };

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
    /// <summary>What it answers.</summary>
    public object? Answer { get; set; }

    public static T Of<T>(object answer)
        where T : class
    {
        var grain = Create<T, OnlyGet>();
        ((OnlyGet)(object)grain).Answer = answer;
        return grain;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Name == "GetAsync" ? Answer : throw new NotSupportedException(targetMethod.Name);
}
