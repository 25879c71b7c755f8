namespace Broker.Grains.Logs;

/// <summary>Limits that every log store holds.</summary>
public static class LogLimits
{
    /// <summary>Largest payload of one entry, bytes: 4 MiB.</summary>
    public const int EntryBytesMax = 4 * 1024 * 1024;

    /// <summary>Bytes of a hash (SHA-256).</summary>
    public const int HashBytes = 32;
}
