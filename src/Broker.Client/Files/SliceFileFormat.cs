namespace Broker.Client.Files;

/// <summary>What the files of a directory are.</summary>
public enum SliceFileFormat
{
    /// <summary>One JSON object a line: <c>*.ndjson</c>.</summary>
    Ndjson = 1,

    /// <summary>Arrow IPC files: <c>*.arrow</c>.</summary>
    Arrow = 2,
}
