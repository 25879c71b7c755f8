using System.Runtime.InteropServices;
using Broker.Grains.Logs;

namespace Broker.Storage.Logs;

/// <summary>What every store asks of a log's name and of an append before it touches either.</summary>
internal static class LogAppends
{
    /// <exception cref="ArgumentException">The name has not 1 to 200 characters.</exception>
    public static void Check(LogName log)
    {
        if (log.Value is not { Length: >= 1 and <= 200 }) throw new ArgumentException("A log's name has 1 to 200 characters.", nameof(log));
    }

    /// <exception cref="ArgumentException">An entry is too large, or does not belong to its append.</exception>
    public static void Check(LogAppend append)
    {
        for (var i = 0; i < append.Entries.Count; i++)
        {
            var entry = append.Entries[i];
            if (entry.Payload.Length > LogLimits.EntryBytesMax)
                throw new ArgumentException($"An entry of {entry.Payload.Length} bytes is larger than {LogLimits.EntryBytesMax}.", nameof(append));
            if (entry.Position != append.ExpectedLastPosition + 1 + i || entry.Fence != append.Fence || entry.Hash.Length != LogLimits.HashBytes)
                throw new ArgumentException($"Entry {i} (position {entry.Position}, fence {entry.Fence}) does not belong to this append.", nameof(append));
        }
    }

    /// <summary>The bytes as an array, copied only where they are a part of one.</summary>
    public static byte[] ArrayOf(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var segment) && segment.Array!.Length == bytes.Length ? segment.Array : bytes.ToArray();
}
