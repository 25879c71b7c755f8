using Broker.Domain.Tokens;
using Broker.Storage.Segments;

namespace Broker.Storage.Tokens;

/// <summary>Writes counts of tokens to a local file, to be published: rows come in the segment's order.</summary>
internal sealed class TokenCountsWriter : IDisposable
{
    private readonly string _tokenizer;
    private readonly string _path;
    private readonly DigestedFile _file;
    private readonly byte[] _row = new byte[TokenCountsFile.RowBytes];
    private long _titles;
    private long _texts;

    /// <param name="tokenizer">Who counts.</param>
    /// <param name="work">A directory of the caller's own.</param>
    public TokenCountsWriter(string tokenizer, string work)
    {
        (_tokenizer, _path) = (tokenizer, Path.Combine(work, "counts." + tokenizer));
        _file = new DigestedFile(_path);
        _file.Write(TokenCountsFile.Magic);
    }

    /// <summary>Adds the next row's tokens.</summary>
    public void Add(long title, long text)
    {
        (_titles, _texts) = (_titles + title, _texts + text);
        TokenCountsFile.Write(_row, _titles, _texts);
        _file.Write(_row);
    }

    /// <summary>Completes the file, which is the caller's from then on.</summary>
    /// <exception cref="IOException">The disk is full or broken.</exception>
    public WrittenCounts Finish() => new(new SegmentTokens(_tokenizer, [.. _file.Finish()]), _titles + _texts, _path);

    public void Dispose() => _file.Dispose();
}

/// <summary>Counts that were written and not published yet.</summary>
/// <param name="Tokens">What the log will say of them.</param>
/// <param name="Total">All tokens.</param>
/// <param name="Path">The local file.</param>
internal sealed record WrittenCounts(SegmentTokens Tokens, long Total, string Path);
