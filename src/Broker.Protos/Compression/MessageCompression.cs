using System.IO.Compression;
using Grpc.Net.Compression;

namespace Broker.Protos.Compression;

/// <summary>How messages may be packed on the wire (gRPC's <c>grpc-encoding</c>), for both ends. What is unpacked is bounded: a small message must not become a large one.</summary>
public static class MessageCompression
{
    /// <summary>Zstandard (RFC 8878).</summary>
    public const string Zstd = "zstd";

    // The fastest: a pull is to stay as fast as the net, and what a higher level saves costs several times the processor.
    private const int ZstdLevel = 1;

    /// <summary>Zstandard.</summary>
    /// <param name="bytesMax">Most bytes of an unpacked message, 1 or more.</param>
    public static ICompressionProvider Zstandard(int bytesMax) => new Provider(
        Zstd, bytesMax, static into => new ZstdSharp.CompressionStream(into, ZstdLevel, leaveOpen: true), static from => new ZstdSharp.DecompressionStream(from, leaveOpen: true));

    /// <summary>Gzip (RFC 1952), which every gRPC client has.</summary>
    /// <param name="bytesMax">Most bytes of an unpacked message, 1 or more.</param>
    public static ICompressionProvider Gzip(int bytesMax) => new Provider(
        "gzip", bytesMax, static into => new GZipStream(into, CompressionLevel.Fastest, leaveOpen: true), static from => new GZipStream(from, CompressionMode.Decompress, leaveOpen: true));

    private sealed class Provider(string name, int bytesMax, Func<Stream, Stream> pack, Func<Stream, Stream> unpack) : ICompressionProvider
    {
        public string EncodingName => name;

        public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) => pack(stream);

        public Stream CreateDecompressionStream(Stream stream) => new BoundedStream(unpack(stream), bytesMax);
    }
}
