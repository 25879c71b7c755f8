using Broker.Connectors.Ndjson;
using Broker.Connectors.StackExchange;
using Broker.Connectors.WordPress;
using Broker.Domain.Platforms;

namespace Broker.Connectors;

/// <summary>Opens exports by the name of their format.</summary>
public static class Connectors
{
    private const string ChooseFormat = "Choose one of: stackexchange, wxr, ndjson.";

    /// <summary>Finds an export and checks what can be checked without reading it.</summary>
    /// <param name="format">One of <see cref="ConnectorFormat"/>.</param>
    /// <param name="path">The file; for <c>stackexchange</c> also the directory that holds <c>Posts.xml</c>, and beside it
    /// what there is of <c>Users.xml</c>, <c>Comments.xml</c> and <c>Votes.xml</c>.</param>
    /// <param name="options">What the export does not say, and bounds; defaults when null.</param>
    /// <exception cref="ConnectorException">An unknown format, a path that does not exist or does not fit it, an option out of range.</exception>
    public static SourceExport Open(string format, string path, ConnectorOptions? options = null)
    {
        options ??= ConnectorOptions.Default;
        options.Check();
        return format switch
        {
            ConnectorFormat.StackExchange => StackExchangeDump.Open(path, options),
            ConnectorFormat.Wxr => OneFile(format, path, (stream, file) => WordPressExport.Read(stream, options, file)),
            ConnectorFormat.Ndjson => OneFile(format, path, (stream, file) => NdjsonExport.Read(stream, options, file)),
            _ => throw new ConnectorException($"There is no format '{format}'.", ChooseFormat),
        };
    }

    private static SourceExport OneFile(string format, string path, Func<Stream, string, IEnumerable<SourceItem>> read)
    {
        if (Directory.Exists(path))
            throw new ConnectorException("This is a directory, and the format is read from one file.", "Name the file; import several one after another.", path);
        return new SourceExport(format, path, LengthOf(path), counter => read(counter.Open(path), path));
    }

    /// <summary>The length of a file that must exist.</summary>
    internal static long LengthOf(string path)
    {
        var file = new FileInfo(path);
        if (file.Exists) return file.Length;
        throw new ConnectorException("There is no such file.", "Check the path.", path);
    }
}
