using System.Globalization;
using System.Text.RegularExpressions;
using Broker.Client.Pulls;

namespace Broker.Client.Files;

/// <summary>The names of slices' files: <c>p0003-r00001-s000042.ndjson</c>.</summary>
internal static partial class SliceNames
{
    /// <summary>The file's name.</summary>
    public static string Of(SliceId slice, string extension) =>
        string.Create(CultureInfo.InvariantCulture, $"p{slice.Partition:D4}-r{slice.Round:D5}-s{slice.Number:D6}{extension}");

    /// <summary>The slice of a file, or null where the name is none of ours.</summary>
    public static SliceId? Parse(string fileName, string extension)
    {
        if (Pattern().Match(Path.GetFileNameWithoutExtension(fileName)) is not { Success: true } match || Path.GetExtension(fileName) != extension) return null;
        if (Number(match, 1) is not { } partition || Number(match, 2) is not { } round || Number(match, 3) is not { } number) return null;
        var slice = new SliceId(partition, round, number);
        return Of(slice, extension) == fileName ? slice : null;
    }

    private static int? Number(Match match, int group) =>
        int.TryParse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex(@"^p(\d{4,10})-r(\d{5,10})-s(\d{6,10})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
