using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Broker.Domain.Platforms;

namespace Broker.Storage.Imports;

/// <summary>The items of an import on disk, in the order of their ids' hashes; items of one id in the order they came.</summary>
internal sealed class ImportSpool(string directory, int bufferBytes) : IDisposable
{
    private readonly ExternalSort _sort = new(directory, "items", bufferBytes);
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private ulong _sequence;

    /// <summary>What does not depend on what is held: what was read, and what was refused by the connector.</summary>
    public ImportTally Tally { get; } = new();

    /// <summary>Whether the bytes of the items that were read hold until the spool is disposed of; else until the next group.</summary>
    public bool IsInMemory => _sort.IsInMemory;

    public void Add(SourceItem item)
    {
        Tally.Read++;
        if (item.Refused is { } reason) Tally.Refuse(reason);
        _buffer.ResetWrittenCount();
        if (item.Record is { } record) SpooledRecord.Write(_buffer, record);
        else if (item.RefusedId is { } id) SpooledRecord.WriteRefused(_buffer, id);
        else return;
        _sort.Add(new SortKey(HashOf(SpooledRecord.IdOf(_buffer.WrittenSpan)), _sequence++, 0), _buffer.WrittenSpan);
    }

    /// <summary>What the import says of each id in the end, grouped by the ids' hash (nearly always one id each). The list of a group is the next one's too.</summary>
    public IEnumerable<(ulong Hash, List<FinalItem> Items)> Groups()
    {
        var group = new List<FinalItem>();
        ulong hash = 0;
        foreach (var (key, payload) in _sort.Read())
        {
            if (group.Count > 0 && key.First != hash)
            {
                yield return (hash, group);
                group.Clear();
            }

            hash = key.First;
            Follow(group, payload);
        }

        if (group.Count > 0) yield return (hash, group);
    }

    public void Dispose() => _sort.Dispose();

    private void Follow(List<FinalItem> group, ReadOnlyMemory<byte> item)
    {
        var record = new SpooledRecord(item.Span);
        foreach (var known in group)
        {
            if (!known.IsOf(record)) continue;
            known.Follow(item);
            return;
        }

        group.Add(new FinalItem(IsInMemory ? item : item.ToArray(), IsInMemory));
    }

    /// <summary>As <see cref="Domain.Releases.RowKey"/> has it: the first 8 bytes of SHA-256, big endian.</summary>
    internal static ulong HashOf(string id) => HashOf(Encoding.UTF8.GetBytes(id));

    private static ulong HashOf(ReadOnlySpan<byte> id)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(id, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
