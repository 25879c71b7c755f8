using System.Collections.Immutable;
using System.Reflection;

namespace Broker.Grains.Tests.Partitions;

/// <summary>Any value of a record type, made by its constructor and its init properties from a seed.</summary>
internal sealed class AnyValue(int seed)
{
    private readonly Random _random = new(seed);

    public object Of(Type type, NullabilityInfo? nullability = null)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying) return _random.Next(3) == 0 ? null! : Of(underlying);
        if (nullability?.WriteState == NullabilityState.Nullable && _random.Next(3) == 0) return null!;
        if (type == typeof(string)) return new string((char)('a' + _random.Next(26)), _random.Next(4));
        if (type == typeof(bool)) return _random.Next(2) == 0;
        if (type.IsEnum) return Enum.ToObject(type, AnyInt(-1));
        if (Number(type) is { } number) return number;
        if (type == typeof(DateTimeOffset)) return DateTimeOffset.UnixEpoch.AddTicks(_random.NextInt64(-(1L << 50), 1L << 55));
        if (type == typeof(TimeSpan)) return TimeSpan.FromTicks(_random.NextInt64(0, 1L << 50));
        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) ? Array(type.GetGenericArguments()[0]) : Composite(type);
    }

    private object? Number(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Byte => (byte)_random.Next(256),
        TypeCode.Int32 => AnyInt(-1),
        TypeCode.Int64 => _random.Next(2) == 0 ? _random.Next(1000) : _random.NextInt64(long.MinValue, long.MaxValue),
        TypeCode.UInt64 => unchecked((ulong)_random.NextInt64(long.MinValue, long.MaxValue)),
        TypeCode.Decimal => (decimal)_random.Next(1_000_000),
        _ => null,
    };

    private int AnyInt(int least) => _random.Next(4) == 0 ? _random.Next(least, int.MaxValue) : _random.Next(least, 40);

    private object Array(Type element)
    {
        var items = System.Array.CreateInstance(element, _random.Next(6));
        for (var index = 0; index < items.Length; index++) items.SetValue(Of(element), index);
        var create = typeof(ImmutableArray).GetMethods().First(method =>
            method.Name == nameof(ImmutableArray.Create) && method.GetParameters() is [{ ParameterType.IsArray: true }]);
        return create.MakeGenericMethod(element).Invoke(null, [items])!;
    }

    private object Composite(Type type)
    {
        var constructor = type.GetConstructors().OrderByDescending(candidate => candidate.GetParameters().Length)
            .First(candidate => candidate.GetParameters() is not [{ } only] || only.ParameterType != type);
        var context = new NullabilityInfoContext();
        var arguments = constructor.GetParameters().Select(parameter => Of(parameter.ParameterType, context.Create(parameter))).ToArray();
        var made = constructor.Invoke(arguments);
        if (arguments.Length > 0) return made;
        foreach (var property in type.GetProperties().Where(property => property.SetMethod is not null))
            property.SetValue(made, Of(property.PropertyType, context.Create(property)));
        return made;
    }
}
