using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Broker.Client.Pulls;
using Microsoft.Win32.SafeHandles;

namespace Broker.Client.Files;

/// <summary>Which slices were ever kept, and of which release each is: a line each, with a checksum, flushed one by one.</summary>
/// <remarks><c>partition round slice [release] checksum</c>: no release where it is not known, and <c>-</c> where the slice was set aside. A line that a crash cut off at the end is written over; a damaged line before a whole one is no crash's work, and is an error.</remarks>
internal sealed class SliceJournal : IDisposable
{
    /// <summary>In a release's place: the slice is held no more.</summary>
    public const string SetAside = "-";

    private readonly SafeFileHandle _file;
    private long _length;

    private SliceJournal(SafeFileHandle file, long length) => (_file, _length) = (file, length);

    /// <summary>Opens the journal, new where there is none, and reads it.</summary>
    /// <exception cref="SliceDirectoryException">A line in its midst is damaged.</exception>
    public static (SliceJournal Journal, IReadOnlyList<(SliceId Slice, string Release)> Lines) Open(string path)
    {
        var isNew = !File.Exists(path);
        var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            if (isNew) DurableFile.SyncDirectory(Path.GetDirectoryName(path)!);
            var content = new byte[RandomAccess.GetLength(file)];
            var read = 0;
            while (read < content.Length && RandomAccess.Read(file, content.AsSpan(read), read) is > 0 and var count) read += count;
            var (lines, length) = Parse(path, content.AsSpan(0, read));
            return (new SliceJournal(file, length), lines);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Adds a slice, durably.</summary>
    /// <param name="slice">The slice.</param>
    /// <param name="release">Its release, empty where it is not known; or <see cref="SetAside"/>.</param>
    /// <exception cref="IOException">The disk is full or broken; the slice does not stand in the journal.</exception>
    public void Append(SliceId slice, string release)
    {
        var line = Encoding.ASCII.GetBytes(LineOf(slice, release) + "\n");
        if (RandomAccess.GetLength(_file) != _length) RandomAccess.SetLength(_file, _length); // what a crash or a failed append left
        RandomAccess.Write(_file, line, _length);
        RandomAccess.FlushToDisk(_file);
        _length += line.Length;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static (IReadOnlyList<(SliceId Slice, string Release)> Lines, int Length) Parse(string path, ReadOnlySpan<byte> content)
    {
        var lines = new List<(SliceId Slice, string Release)>();
        var whole = 0;
        for (var start = 0; start < content.Length;)
        {
            var end = content[start..].IndexOf((byte)'\n');
            if (end < 0) break;
            if (ParseLine(Encoding.ASCII.GetString(content.Slice(start, end))) is { } parsed)
            {
                if (whole != start) throw new SliceDirectoryException($"{path} is damaged at byte {whole}. Restore it from a copy; without it, what was recalled cannot be told from what was moved.");
                lines.Add(parsed);
                whole = start + end + 1;
            }

            start += end + 1;
        }

        return (lines, whole);
    }

    private static (SliceId Slice, string Release)? ParseLine(string line)
    {
        var numbers = line.Split(' ');
        if (numbers.Length is not (4 or 5) || !TryNumber(numbers[0], out var partition) || !TryNumber(numbers[1], out var round) || !TryNumber(numbers[2], out var number)) return null;
        var slice = new SliceId(partition, round, number);
        var release = numbers.Length == 5 ? numbers[3] : "";
        return LineOf(slice, release) == line ? (slice, release) : null;
    }

    private static bool TryNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string LineOf(SliceId slice, string release)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{slice.Partition} {slice.Round} {slice.Number}{(release.Length == 0 ? "" : " ")}{release}");
        return $"{text} {Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)).AsSpan(0, 4))}";
    }
}
