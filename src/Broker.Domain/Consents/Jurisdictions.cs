namespace Broker.Domain.Consents;

/// <summary>The codes of jurisdictions: of policies' rules and of users alike, or a user's <c>de</c> would miss the rule of <c>DE</c>.</summary>
public static class Jurisdictions
{
    /// <summary>Most characters of a code.</summary>
    public const int LengthMax = 16;

    /// <summary>What a code is, for people.</summary>
    public const string Format = "1 to 16 of A-Z, 0-9 and -, like DE, US-CA or EU";

    /// <summary>Whether it is a code.</summary>
    public static bool IsCode(string text) => text.Length is >= 1 and <= LengthMax && text.All(letter => letter is (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '-');
}
