using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Broker.Hosting.Tls;

/// <summary>What was made of some files; made anew when they have changed, and kept as it was where they are not right: a certificate that is
/// being replaced, one file after the other, takes nobody off the net.</summary>
/// <param name="names">The files.</param>
/// <param name="make">Makes it of their bytes, in their order; throws where they are not right.</param>
/// <param name="period">How old a look at them may be.</param>
/// <param name="time">The clock.</param>
internal sealed class ReloadedFiles<T>(IReadOnlyList<string> names, Func<IReadOnlyList<byte[]>, T> make, TimeSpan period, TimeProvider time)
    where T : class
{
    private readonly Lock _lock = new();
    private IReadOnlyList<byte[]> _seen = [];
    private T? _made;
    private long _lookedAt;

    /// <summary>Where a change, and a failure to read one, is told.</summary>
    public ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>It, of the newest files that are right.</summary>
    public T Current
    {
        get
        {
            lock (_lock)
            {
                if (_made is null) throw new InvalidOperationException("The files were not read yet.");
                if (time.GetElapsedTime(_lookedAt) >= period) LookAgain();
                return _made;
            }
        }
    }

    /// <summary>Reads them for the first time.</summary>
    /// <exception cref="NodeStartException">They cannot be read, or are not right; the message names them.</exception>
    public void Open()
    {
        try
        {
            _seen = Read();
            _made = make(_seen);
            _lookedAt = time.GetTimestamp();
        }
        catch (Exception failure) when (IsOfFiles(failure))
        {
            throw new NodeStartException($"{string.Join(" and ", names)}: {failure.Message} (docs/tls.md)", failure);
        }
    }

    private void LookAgain()
    {
        _lookedAt = time.GetTimestamp();
        try
        {
            var bytes = Read();
            if (bytes.Zip(_seen).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second))) return;
            _made = make(bytes);
            _seen = bytes;
            TlsLog.Reloaded(Logger, string.Join(", ", names));
        }
        catch (Exception failure) when (IsOfFiles(failure))
        {
            TlsLog.NotReloaded(Logger, string.Join(", ", names), failure.Message);
        }
    }

    private byte[][] Read() => [.. names.Select(File.ReadAllBytes)];

    private static bool IsOfFiles(Exception failure) => failure is IOException or UnauthorizedAccessException or CryptographicException;
}

/// <summary>What TLS says in a node's log.</summary>
internal static partial class TlsLog
{
    [LoggerMessage(4201, LogLevel.Information, "{Files} changed and are in use")]
    public static partial void Reloaded(ILogger logger, string files);

    [LoggerMessage(4202, LogLevel.Warning, "{Files} cannot be taken, what they held before stays in use: {Reason}")]
    public static partial void NotReloaded(ILogger logger, string files, string reason);

    [LoggerMessage(4203, LogLevel.Warning, "A node's certificate is refused: {Reason}")]
    public static partial void PeerRefused(ILogger logger, string reason);
}
