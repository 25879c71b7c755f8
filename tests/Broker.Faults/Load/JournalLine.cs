using System.Text.Json;
using System.Text.Json.Serialization;

namespace Broker.Faults.Load;

/// <summary>One line of a partner's book: a slice that it took, or how a pull ended.</summary>
internal sealed record JournalLine
{
    /// <summary>How lines are written.</summary>
    public static readonly JsonSerializerOptions Format = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    /// <summary>When, on the machine's monotonic clock, nanoseconds.</summary>
    public long At { get; init; }

    public int Partition { get; init; }

    public int Round { get; init; }

    public int Slice { get; init; }

    public int Resend { get; init; }

    /// <summary>Where its release, or its resend, stands in the partition's log; 0 where the line is no slice's.</summary>
    public long Position { get; init; }

    /// <summary>Ids and authors.</summary>
    public string[][]? Records { get; init; }

    public int LateSlices { get; init; }

    public int Breaks { get; init; }

    public string? Refusal { get; init; }

    public bool IsDone { get; init; }

    /// <summary>Reads a book.</summary>
    public static IReadOnlyList<JournalLine> Read(string path)
    {
        using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var lines = new List<JournalLine>();
        while (file.ReadLine() is { } line) lines.Add(JsonSerializer.Deserialize<JournalLine>(line, Format)!);
        return lines;
    }
}
