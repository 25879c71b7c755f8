namespace Broker.Cli.Output;

/// <summary>How results are written.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>For scripts: one document on stdout (a watching command: one a line), errors as one document on stderr.</summary>
    Json,
}
