using System.Text;
using Broker.Domain.Releases;
using Broker.Domain.Tokens;
using Broker.Grains.Segments;
using Broker.Grains.Tokens;
using Broker.Storage.Objects;
using Broker.Storage.Segments;
using Microsoft.Extensions.Options;

namespace Broker.Storage.Tokens;

/// <summary>Counts tokens of segments in an object store: one segment at a time in a process, so that its share of a core is one count's.</summary>
public sealed class TokenCounter : ITokenCounter, IDisposable
{
    private readonly SegmentStore _store;
    private readonly int _corePercent;
    private readonly TimeProvider _time;
    private readonly string _temporaryDirectory;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly CancellationTokenSource _stop = new();
    private int _started;

    /// <summary>A counter.</summary>
    /// <param name="store">Where the segments lie.</param>
    /// <param name="options">How fast.</param>
    /// <param name="time">The clock.</param>
    /// <param name="temporaryDirectory">Where counts are written; best on the file system of a store that is a directory.</param>
    public TokenCounter(SegmentStore store, IOptions<TokenOptions> options, TimeProvider time, string temporaryDirectory) =>
        (_store, _corePercent, _time, _temporaryDirectory) = (store, options.Value.CorePercent, time, temporaryDirectory);

    /// <inheritdoc/>
    public async Task<CountedTokens> CountAsync(SegmentRef segment, string tokenizer, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        await _gate.WaitAsync(stop.Token);
        try
        {
            return await Task.Run(() => RunAsync(segment, tokenizer, stop.Token), stop.Token);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ObjectStoreException)
        {
            throw new SegmentUnavailableException(segment.Id, $"counting its tokens was given up: {failure.Message}", failure);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<TokenCounts> OpenAsync(SegmentRef segment, SegmentTokens tokens, CancellationToken cancellationToken) =>
        await _store.OpenCountsAsync(segment, tokens, cancellationToken);

    /// <summary>Gives up what is under way.</summary>
    public void Dispose() => _stop.Cancel(); // left to the collector: a count that is under way still reads the token

    private async Task<CountedTokens> RunAsync(SegmentRef segment, string tokenizer, CancellationToken cancellationToken)
    {
        var work = Directory.CreateDirectory(Path.Combine(_temporaryDirectory, $"count-{Interlocked.Increment(ref _started)}"));
        try
        {
            var content = await _store.OpenAsync(segment, cancellationToken);
            var written = await WriteAsync(content, tokenizer, work.FullName, cancellationToken);
            await _store.PublishAsync(segment, written, cancellationToken);
            return new CountedTokens(written.Tokens, written.Total);
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private async Task<WrittenCounts> WriteAsync(SegmentContent content, string tokenizer, string work, CancellationToken cancellationToken)
    {
        var text = TextTokenizer.Of(tokenizer);
        var share = new CoreShare(_time, _corePercent);
        using var writer = new TokenCountsWriter(tokenizer, work);
        for (var row = 0; row < content.Count; row++)
        {
            writer.Add(Count(content, row, RecordFields.Title, text), Count(content, row, RecordFields.Text, text));
            await share.YieldAsync(cancellationToken);
        }

        return writer.Finish();
    }

    private static long Count(SegmentContent content, int row, RecordFields field, TextTokenizer tokenizer)
    {
        var bytes = content.FieldAt(field, row);
        if (bytes.IsEmpty) return 0;
        var text = Encoding.UTF8.GetString(bytes);
        GC.KeepAlive(content);
        return tokenizer.Count(text);
    }
}
