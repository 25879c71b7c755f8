namespace Broker.Connectors;

/// <summary>An export that cannot be read as a whole: the wrong file, a truncated or damaged one, a missing path.
/// Whoever imports it must keep nothing of what was read before. A single bad row never throws; it is refused and counted.</summary>
public sealed class ConnectorException : Exception
{
    /// <summary>A fault of an export.</summary>
    /// <param name="what">What is wrong, one sentence for a person.</param>
    /// <param name="advice">What to do about it, one sentence.</param>
    /// <param name="file">The file's path, or empty where there is none.</param>
    /// <param name="line">The line, from 1; 0 when it has none.</param>
    /// <param name="column">The position in the line, from 1; 0 when it has none.</param>
    /// <param name="inner">What the reader of the format said.</param>
    public ConnectorException(string what, string advice, string file = "", long line = 0, long column = 0, Exception? inner = null)
        : base(Compose(what, advice, file, line, column), inner)
    {
        Advice = advice;
        File = file;
        Line = line;
        Column = column;
    }

    /// <summary>What to do about it.</summary>
    public string Advice { get; }

    /// <summary>The file's path, or empty.</summary>
    public string File { get; }

    /// <summary>The line where reading stopped, from 1; 0 when it has none.</summary>
    public long Line { get; }

    /// <summary>The position in that line, from 1; 0 when it has none.</summary>
    public long Column { get; }

    private static string Compose(string what, string advice, string file, long line, long column)
    {
        var place = (line, column) switch
        {
            (0, _) => file,
            (_, 0) => $"{file}, line {line}",
            _ => $"{file}, line {line}, position {column}",
        };
        return place.Length == 0 ? $"{what} {advice}" : $"{what} ({place.TrimStart(',', ' ')}) {advice}";
    }
}
