using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using Broker.Domain.Releases;

namespace Broker.Benchmarks.Parts;

/// <summary>The digest of 4,096 ids of ten characters, out of a mapped segment and out of strings; against SHA-256 of the same bytes, ready and in one piece.</summary>
[MemoryDiagnoser, BenchmarkCategory(nameof(SliceDigestPart))]
public class SliceDigestPart
{
    private const int Ids = 4_096;

    private PostSegment? _posts;
    private string[] _ids = [];
    private byte[] _bytes = [];

    /// <summary>Writes the segment.</summary>
    [GlobalSetup]
    public void Write()
    {
        _posts = new PostSegment(Ids, rowsOfUser: 1);
        _ids = [.. Enumerable.Range(0, Ids).Select(_posts.Content.IdAt)];
        _bytes = [.. _ids.SelectMany(BytesOf)];
        if (!HashOnly().AsSpan().SequenceEqual(OfSegment().AsSpan()) || !HashOnly().AsSpan().SequenceEqual(OfStrings().AsSpan())) throw new BooksException("The digests differ.");
    }

    /// <summary>What cannot be saved.</summary>
    [Benchmark(Baseline = true)]
    public byte[] HashOnly() => SHA256.HashData(_bytes);

    /// <summary>As a node does it.</summary>
    [Benchmark]
    public ImmutableArray<byte> OfSegment()
    {
        using var digest = new SliceDigest();
        _posts!.Content.AddIdsTo(digest, 0, Ids);
        return digest.Finish();
    }

    /// <summary>Of ids that are strings.</summary>
    [Benchmark]
    public ImmutableArray<byte> OfStrings()
    {
        using var digest = new SliceDigest();
        foreach (var id in _ids) digest.Add(id);
        return digest.Finish();
    }

    /// <summary>Lets the segment go.</summary>
    [GlobalCleanup]
    public void Close() => _posts!.Dispose();

    private static byte[] BytesOf(string id)
    {
        var bytes = new byte[sizeof(int) + Encoding.UTF8.GetByteCount(id)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length - sizeof(int));
        Encoding.UTF8.GetBytes(id, bytes.AsSpan(sizeof(int)));
        return bytes;
    }
}
