using System.Buffers;
using Broker.Gateway.Pulls;

namespace Broker.Gateway.Flights;

/// <summary>One message of a flight as it goes to the wire: Flight's <c>FlightData</c>, written into the transport's own memory.</summary>
/// <param name="Header">The IPC message.</param>
/// <param name="Metadata">The <c>app_metadata</c>, encoded.</param>
/// <param name="Body">The buffers.</param>
internal sealed record FlightFrame(ReadOnlyMemory<byte> Header, ReadOnlyMemory<byte> Metadata, IFrameBody Body)
{
    private const byte HeaderTag = (2 << 3) | 2;
    private const byte MetadataTag = (3 << 3) | 2;
    private const int BodyTag = (1_000 << 3) | 2; // two bytes as a varint

    private const int VarintBytesMax = 5;

    /// <summary>Bytes that it takes.</summary>
    public int Length =>
        1 + VarintLength(Header.Length) + Header.Length
        + 1 + VarintLength(Metadata.Length) + Metadata.Length
        + (Body.Length == 0 ? 0 : VarintLength(BodyTag) + VarintLength(Body.Length) + Body.Length);

    /// <summary>Writes it.</summary>
    public void WriteTo(IBufferWriter<byte> writer)
    {
        WriteField(writer, HeaderTag, Header.Span);
        WriteField(writer, MetadataTag, Metadata.Span);
        if (Body.Length == 0) return;
        WriteVarint(writer, BodyTag);
        WriteVarint(writer, Body.Length);
        Body.WriteTo(writer);
    }

    private static void WriteField(IBufferWriter<byte> writer, int tag, ReadOnlySpan<byte> value)
    {
        WriteVarint(writer, tag);
        WriteVarint(writer, value.Length);
        writer.Write(value);
    }

    private static int VarintLength(int value) => WireWriter.VarintLength((ulong)value);

    private static void WriteVarint(IBufferWriter<byte> writer, int value)
    {
        var into = new WireWriter(writer.GetSpan(VarintBytesMax));
        into.Varint((ulong)value);
        writer.Advance(into.Length);
    }
}

/// <summary>The buffers of a message.</summary>
internal interface IFrameBody
{
    /// <summary>Bytes.</summary>
    int Length { get; }

    /// <summary>Writes exactly so many.</summary>
    void WriteTo(IBufferWriter<byte> writer);
}

/// <summary>Buffers that were made already.</summary>
internal sealed class MadeBody(ReadOnlyMemory<byte> bytes) : IFrameBody
{
    /// <summary>No buffers.</summary>
    public static readonly MadeBody None = new(default);

    public int Length => bytes.Length;

    public void WriteTo(IBufferWriter<byte> writer) => writer.Write(bytes.Span);
}
