namespace Broker.Cli.Output;

/// <summary>Text from elsewhere, as a terminal may be shown it.</summary>
internal static class Shown
{
    /// <summary>The text with its control characters replaced: a display name must not move the cursor or recolour the screen.</summary>
    public static string Of(string text) =>
        text.Any(IsUnsafe) ? string.Create(text.Length, text, (span, from) =>
        {
            for (var index = 0; index < span.Length; index++) span[index] = IsUnsafe(from[index]) ? '\uFFFD' : from[index];
        }) : text;

    // Besides controls, what reorders or hides a line: bidirectional overrides, line separators.
    private static bool IsUnsafe(char letter) =>
        (char.IsControl(letter) && letter != '\n') || letter is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u2028' or '\u2029';
}
