using System.Security.Cryptography;
using Broker.Domain.Tokens;
using Broker.Storage.Objects.Caching;
using Broker.Storage.Segments;

namespace Broker.Storage.Tokens;

/// <summary>Counts of tokens over their mapped file; goes with the last reference to it.</summary>
internal sealed class MappedCounts : TokenCounts
{
    private readonly MappedFile _file;
    private readonly OpenCopy? _copy;

    private MappedCounts(string segment, string tokenizer, MappedFile file, OpenCopy? copy) => (SegmentId, Tokenizer, _file, _copy) = (segment, tokenizer, file, copy);

    ~MappedCounts()
    {
        ((IDisposable)_file).Dispose();
        _copy?.Dispose();
    }

    public override string SegmentId { get; }

    public override string Tokenizer { get; }

    /// <summary>How many rows.</summary>
    public int Rows { get; private init; }

    /// <summary>Opens the file; one that is no local copy is checked first.</summary>
    /// <param name="path">The file.</param>
    /// <param name="segment">The segment's id.</param>
    /// <param name="tokens">What the log says of the counts.</param>
    /// <param name="copy">The local copy that the file is, whose digest has been checked; it is held open. Null where the object itself is the file.</param>
    /// <exception cref="IOException">It is missing, or cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not what the log names.</exception>
    public static MappedCounts Open(string path, string segment, SegmentTokens tokens, OpenCopy? copy = null)
    {
        var file = MappedFile.Open(path);
        var bytes = file.GetSpan();
        var isWhole = bytes.StartsWith(TokenCountsFile.Magic) && (bytes.Length - TokenCountsFile.Magic.Length) % TokenCountsFile.RowBytes == 0;
        if (isWhole && (copy is not null || SHA256.HashData(bytes).AsSpan().SequenceEqual(tokens.Digest.AsSpan())))
            return new MappedCounts(segment, tokens.Tokenizer, file, copy) { Rows = (bytes.Length - TokenCountsFile.Magic.Length) / TokenCountsFile.RowBytes };
        ((IDisposable)file).Dispose();
        throw new InvalidDataException("the bytes are not those that the log names.");
    }

    /// <summary>Tokens of one row: of its title, and of its text.</summary>
    public (long Title, long Text) At(int row) => SumsOf(row, row + 1);

    protected override (long Title, long Text) SumsOf(int from, int to)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(to, Rows);
        if (from >= to) return (0, 0);
        var bytes = _file.GetSpan();
        var (titles, texts) = TokenCountsFile.SumsAt(bytes, to - 1);
        var (titlesBefore, textsBefore) = from == 0 ? (0, 0) : TokenCountsFile.SumsAt(bytes, from - 1);
        GC.KeepAlive(this);
        return (titles - titlesBefore, texts - textsBefore);
    }
}
