using System.Buffers.Binary;
using System.Security.Cryptography;
using Broker.Storage.Objects.Caching;

namespace Broker.Storage.Segments;

/// <summary>A segment's rows by the hash of their id: twelve bytes a row (hash, big endian; row, big endian), sorted.</summary>
internal sealed class SegmentIds : IDisposable
{
    /// <summary>Bytes of an entry.</summary>
    public const int EntryBytes = 12;

    private readonly MappedFile _file;
    private readonly OpenCopy? _copy;

    private SegmentIds(MappedFile file, OpenCopy? copy) => (_file, _copy) = (file, copy);

    public int Count => _file.GetSpan().Length / EntryBytes;

    /// <exception cref="IOException">The file is missing.</exception>
    /// <exception cref="InvalidDataException">The file is not what the log names.</exception>
    public static SegmentIds Open(string path, ReadOnlySpan<byte> digest)
    {
        var file = MappedFile.Open(path);
        if (SHA256.HashData(file.GetSpan()).AsSpan().SequenceEqual(digest)) return new SegmentIds(file, copy: null);
        ((IDisposable)file).Dispose();
        throw new InvalidDataException("the bytes are not those that the log names.");
    }

    /// <summary>Opens a local copy, whose digest has been checked, and holds it open.</summary>
    /// <exception cref="IOException">It is empty, or cannot be read.</exception>
    public static SegmentIds Open(string path, OpenCopy copy) => new(MappedFile.Open(path), copy);

    public ulong HashAt(int index) => BinaryPrimitives.ReadUInt64BigEndian(_file.GetSpan()[(index * EntryBytes)..]);

    public int RowAt(int index) => BinaryPrimitives.ReadInt32BigEndian(_file.GetSpan()[(index * EntryBytes + sizeof(ulong))..]);

    /// <summary>The first entry from <paramref name="from"/> on whose hash is at least the given one; in steps that double, for what is asked comes in order.</summary>
    public int Seek(int from, ulong hash)
    {
        int low = from, step = 1;
        while (low + step <= Count && HashAt(low + step - 1) < hash)
        {
            low += step;
            step <<= 1;
        }

        var high = Math.Min(low + step, Count);
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            if (HashAt(middle) < hash) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    public static void Write(Span<byte> entry, ulong hash, int row)
    {
        BinaryPrimitives.WriteUInt64BigEndian(entry, hash);
        BinaryPrimitives.WriteInt32BigEndian(entry[sizeof(ulong)..], row);
    }

    public void Dispose()
    {
        ((IDisposable)_file).Dispose();
        _copy?.Dispose();
    }
}
