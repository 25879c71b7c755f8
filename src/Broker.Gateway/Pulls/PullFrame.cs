using System.Buffers;
using Broker.Protos.V1;
using Google.Protobuf;

namespace Broker.Gateway.Pulls;

/// <summary>One message of a typed pull as it goes to the wire: a <c>broker.v1.PullResponse</c>, its records encoded already.</summary>
internal sealed class PullFrame
{
    private const byte BatchTag = (PullResponse.RecordBatchFieldNumber << 3) | 2;
    private const int PrefixBytesMax = 6; // a tag and a length

    private readonly IMessage _head;
    private readonly ReadOnlyMemory<byte> _records;
    private readonly int _batchLength;

    /// <summary>A message without records.</summary>
    public PullFrame(PullResponse message) => (_head, Length) = (message, message.CalculateSize());

    /// <summary>A batch of records.</summary>
    /// <param name="head">The batch, without its records.</param>
    /// <param name="records">Them. They are written before the write that was begun with this is over, and not looked at after it.</param>
    public PullFrame(RecordBatch head, ReadOnlyMemory<byte> records)
    {
        (_head, _records) = (head, records);
        _batchLength = head.CalculateSize() + records.Length;
        Length = 1 + WireWriter.VarintLength((ulong)_batchLength) + _batchLength;
    }

    /// <summary>Bytes that it takes.</summary>
    public int Length { get; }

    /// <summary>Writes it.</summary>
    public void WriteTo(IBufferWriter<byte> writer)
    {
        if (_batchLength > 0)
        {
            var prefix = new WireWriter(writer.GetSpan(PrefixBytesMax));
            prefix.Begin(BatchTag, _batchLength);
            writer.Advance(prefix.Length);
        }

        _head.WriteTo(writer);
        writer.Write(_records.Span);
    }
}
