using System.Collections;
using System.Collections.Concurrent;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Serializers;
using Orleans.Serialization.WireProtocol;

namespace Broker.Grains.Serialization;

/// <summary>Lets collection expressions (<c>[.. items]</c> as an <see cref="IReadOnlyList{T}"/>) cross grain calls: the types that the
/// compiler makes for them are unknown to Orleans, so they travel as arrays.</summary>
public sealed class CollectionExpressionCodec : IGeneralizedCodec, IGeneralizedCopier
{
    private const string CompilersPrefix = "<>z__ReadOnly";

    private static readonly ConcurrentDictionary<Type, Type?> ArrayTypes = new();

    /// <inheritdoc cref="IGeneralizedCodec.IsSupportedType"/>
    public bool IsSupportedType(Type type) => ArrayTypeOf(type) is not null;

    /// <inheritdoc/>
    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, object? value)
        where TBufferWriter : System.Buffers.IBufferWriter<byte>
    {
        ArgumentNullException.ThrowIfNull(value); // a null has no type, so it never comes here
        var array = ToArray(value);
        writer.Session.CodecProvider.GetCodec(array.GetType()).WriteField(ref writer, fieldIdDelta, expectedType, array);
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always: what was written is an array, and is read as one.</exception>
    public object ReadValue<TInput>(ref Reader<TInput> reader, Field field) =>
        throw new NotSupportedException("A collection expression is written as an array; no message names its own type.");

    /// <inheritdoc/>
    public object? DeepCopy(object? input, CopyContext context) => input is null ? null : context.DeepCopy(ToArray(input));

    private static Array ToArray(object value)
    {
        var list = (ICollection)value;
        var array = Array.CreateInstance(ArrayTypeOf(value.GetType())!.GetElementType()!, list.Count);
        list.CopyTo(array, 0);
        return array;
    }

    private static Type? ArrayTypeOf(Type type) => ArrayTypes.GetOrAdd(type, static candidate =>
        candidate.IsGenericType && candidate.Name.StartsWith(CompilersPrefix, StringComparison.Ordinal)
            ? candidate.GetGenericArguments()[0].MakeArrayType()
            : null);
}
