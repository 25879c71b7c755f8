namespace Broker.Connectors;

/// <summary>BCP 47 tags as records carry them: lower case, dashes.</summary>
internal static class LanguageTag
{
    private const int CharactersMax = 35; // RFC 5646 §4.4.1: what an implementation should at least hold

    /// <summary>The tag in lower case with dashes; empty for an empty one; null for what is no tag.</summary>
    public static string? Normalise(string value)
    {
        var tag = value.Trim().Replace('_', '-').ToLowerInvariant();
        if (tag.Length == 0) return "";
        return tag.Length <= CharactersMax && tag.Split('-').All(IsSubtag) ? tag : null;
    }

    private static bool IsSubtag(string part) =>
        part.Length is >= 1 and <= 8 && part.All(char.IsAsciiLetterOrDigit);
}
